import { expect, it } from 'vitest';
import { openBytes } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';

it.for<[what: string, cutOff: boolean]>([
  ['a complete recording', false],
  ['a recording that was cut off', true],
])('stacks of %s are read as they were written', async ([, cutOff]) => {
  const { bytes } = sampleRecording({ events: 300, cutOff });
  const { stacks, frames, dictionaries } = await openBytes(bytes);
  expect([...stacks.stack]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...stacks.parent]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...stacks.frame]).toEqual([2, 1, 2, 1, 2, 1, 2, 1, 2]);
  expect(frames.map(({ frame, func, line, inlined }) => [frame, dictionaries.func[func], line, inlined]))
    .toEqual([[1, 'main.main', 11, false], [2, 'main.main', 22, true]]); // prettier-ignore
});

it('a recording without stacks has none', async () => {
  const { bytes } = sampleRecording({ events: 300, parts: false });
  const { stacks, frames } = await openBytes(bytes);
  expect([stacks.count, stacks.stack.length, frames.length]).toEqual([0, 0, 0]);
});

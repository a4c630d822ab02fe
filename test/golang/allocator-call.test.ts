import { expect, it } from 'vitest';
import { calledFunction, callerTellsAllocator } from '../../src/golang/allocator-call.ts';
import { openGoProgram, planProbes } from '../../src/golang/index.ts';
import { instructions } from '../../src/golang/instruction.ts';
import { machineOf } from '../../src/golang/machine-of.ts';
import { openExecutable } from '../../src/record/executable-file.ts';
import { buildGoProgram } from '../kernel/go-program.ts';

const program = openGoProgram(openExecutable(buildGoProgram('test/native/testdata/workload')));
const machine = machineOf('amd64');

/** Each call in some functions: the address after it, and the function it calls directly. */
function calls(prefix: string): { after: number; called: string | undefined }[] {
  const found = [];
  for (const fn of program.functions()) {
    if (!fn.name.startsWith(prefix)) continue;
    for (const { flow, target, address, byteLength } of instructions(
      machine,
      program.codeOf(fn),
      fn.entry,
    )) {
      if (flow !== 'call') continue;
      const called = target === undefined ? undefined : program.functionAt(target)?.name;
      found.push({ after: address + byteLength, called });
    }
  }
  return found;
}

it.for(['runtime.m', 'main.', 'fmt.'])(
  'a return address in %s tells the function that was called',
  (prefix) => {
    const found = calls(prefix);
    const wrong = found.filter(
      ({ after, called }) => calledFunction(program, after)?.name !== called,
    );
    expect(wrong).toEqual([]);
    expect(found.some(({ called }) => called !== undefined)).toBe(true);
    expect(found.length).toBeGreaterThan(20);
  },
);

it('an address after no call tells nothing', () => {
  const fn = program.functionNamed('runtime.mallocgc')!;
  expect(calledFunction(program, fn.entry)).toBeUndefined();
  expect(calledFunction(program, 1)).toBeUndefined();
});

it.for<[string, string, boolean]>([
  ['the funnel', 'runtime.mallocgc', true],
  ['a leaf below it', 'runtime.mallocgcTinySize8', false],
])('%s is enough to know its caller: %s', ([, name, expected]) => {
  const { sites } = planProbes(program, ['sched']);
  const allocator = { event: 'alloc', function: name };
  expect(callerTellsAllocator(program, [...sites, allocator])).toBe(expected);
});

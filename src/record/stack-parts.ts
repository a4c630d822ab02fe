/** New stacks as parts of the file, in the order in which they refer to one another. */
import type { RecordingWriter } from '../format/recording-writer.ts';
import type { NewStacks } from './stack-resolver.ts';

export function stackParts(
  writer: RecordingWriter,
  { functions, sites, frames, stacks }: NewStacks,
): Uint8Array[] {
  return [
    ...writer.part('functions', functions),
    ...writer.part('sites', sites),
    ...writer.part('frames', frames),
    ...writer.stacks(stacks),
  ];
}

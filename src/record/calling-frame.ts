/** Who called a function of the runtime: the frame that an event which is a call names. */
import type { Frame } from '../golang/index.ts';

/** Functions that a call goes through: who called them is who did it. */
const LIBRARY = /^(runtime|sync|internal\/sync|reflect)\./;

/**
 * @param frames - innermost first, from the caller of the probed function on
 * @returns the first that is not of the library; when all are, the outermost that says
 *   something; undefined for no frames
 */
export function callingFrame(frames: readonly Frame[]): Frame | undefined {
  return (
    frames.find(({ name }) => !LIBRARY.test(name)) ??
    frames.findLast(({ name }) => name !== 'runtime.goexit')
  );
}

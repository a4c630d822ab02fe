/**
 * Who called the allocator, told by the return address of that caller alone.
 *
 * User code allocates through helpers: it calls runtime.newobject, and that calls
 * runtime.mallocgc. The helper is the target of the call before the return address into user
 * code, so that the probe need not read its own return address as well: a read of two words so
 * far apart costs half as much again as one.
 */
import type { GoFunction, GoProgram } from './go-program.ts';

/** `call rel32`, the only form of a direct call. */
const CALL_REL32 = 0xe8;
const CALL_BYTES = 5;

/** Inlined into user code they would not be called any more; into each other they may be. */
const HELPERS = ['newobject', 'newarray', 'makeslice', 'growslice', 'rawstring', 'rawbyteslice'];

const OF_THE_RUNTIME = /^(runtime|internal\/runtime\/maps)\./;

/**
 * The function that the call before a return address calls.
 *
 * @param returnAddress - of the executable
 * @returns undefined for a call through a register or memory, and for no call at all
 */
export function calledFunction(program: GoProgram, returnAddress: number): GoFunction | undefined {
  const caller = program.functionAt(returnAddress - 1);
  if (caller === undefined || program.arch !== 'amd64') return undefined;
  const at = returnAddress - CALL_BYTES - caller.entry;
  const code = program.codeOf(caller);
  if (at < 0 || at + CALL_BYTES > code.length || code[at] !== CALL_REL32) return undefined;
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const called = program.functionAt(returnAddress + view.getInt32(at + 1, true));
  return called?.entry === returnAddress + view.getInt32(at + 1, true) ? called : undefined;
}

/**
 * Whether `calledFunction` tells the caller of each allocation.
 *
 * Not when size-specialised allocators are probed, which stand one call further away, nor when
 * a helper was inlined into user code.
 *
 * @param sites - the plan's
 */
export function callerTellsAllocator(
  program: GoProgram,
  sites: readonly { event: string; function: string }[],
): boolean {
  const allocators = sites.filter(({ event }) => event === 'alloc');
  if (program.arch !== 'amd64' || allocators.some((site) => site.function !== 'runtime.mallocgc')) {
    return false;
  }
  const inlined = program.functionsThatInline(HELPERS.map((name) => `runtime.${name}`));
  return [...inlined.values()].flat().every(({ name }) => OF_THE_RUNTIME.test(name));
}

/** Goroutines of the runtime, which most questions leave out. */

/** Start functions in package runtime that run the user's code. */
export const USER_START_FUNCTIONS: readonly string[] = [
  'runtime.main',
  'runtime.corostart',
  'runtime.handleAsyncEvent',
];

/**
 * Whether a goroutine with this start function is the runtime's own: the collector's
 * workers, the scavenger, finalizers and cleanups.
 *
 * Source: `isSystemGoroutine` of runtime/traceback.go (1.17 to 1.27), without its exception
 * for a finalizer goroutine while it runs the user's finalizer.
 */
export function isSystemGoroutine(startFunctionName: string): boolean {
  return (
    startFunctionName.startsWith('runtime.') && !USER_START_FUNCTIONS.includes(startFunctionName)
  );
}

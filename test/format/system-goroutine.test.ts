/** Which goroutines are the runtime's own. */
import { expect, it } from 'vitest';
import { isSystemGoroutine } from '../../src/format/index.ts';

// Start functions that runtime.Stack leaves out, and those it shows.
it.each([
  ['runtime.gcBgMarkWorker', true],
  ['runtime.bgsweep', true],
  ['runtime.bgscavenge', true],
  ['runtime.forcegchelper', true],
  ['runtime.runfinq', true],
  ['runtime.main', false],
  ['runtime.corostart', false],
  ['runtime.handleAsyncEvent', false],
  ['main.main.gowrap1', false],
  ['runtime/trace.Start.func1', false],
  ['net/http.(*Server).Serve.gowrap3', false],
  ['', false],
])("a goroutine that starts in %s is the runtime's own: %s", (name, isSystem) => {
  expect(isSystemGoroutine(name)).toBe(isSystem);
});

/**
 * Tests that need the kernel's help: BPF, uprobes, the privileges for them, and the addon.
 *
 * The one place that decides: without them such tests are skipped and the reason is printed;
 * with REQUIRE_KERNEL=1 they fail instead.
 */
import { it } from 'vitest';
import { loadNative } from '../src/record/native.ts';

/** What keeps kernel tests from running here, for people; undefined when nothing does. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not linux`;
  try {
    const missing = loadNative().probeSupport();
    return missing && `${missing.step} fails with ${missing.code}`;
  } catch (error) {
    return `the addon cannot be loaded: ${(error as Error).message.split('\n')[0]!}`;
  }
}

const reason = obstacle();
if (reason !== undefined) {
  if (process.env['REQUIRE_KERNEL'] === '1') throw new Error(`REQUIRE_KERNEL=1, but ${reason}`);
  console.warn(`kernel tests are skipped: ${reason}`);
}

/** `it`, or `it.skip` where probes cannot be placed. */
export const kernelTest: typeof it.skip = reason === undefined ? it : it.skip;

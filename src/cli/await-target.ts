/** A target that is chosen by a name or a cgroup may not be there yet: say so, and wait. */
import { describeChoice, findGoTarget, type GoTarget, type Target } from '../record/go-target.ts';
import type { RecordFlags } from './record.ts';

const LOOK_MS = 100;

/**
 * Find the target, and wait for it if need be.
 *
 * @throws UserError when it cannot be recorded
 */
export async function awaitTarget(
  target: Target,
  { events, quiet }: Pick<RecordFlags, 'events' | 'quiet'>,
): Promise<GoTarget> {
  for (let isFirst = true; ; isFirst = false) {
    const found = findGoTarget(target, events);
    if (found !== undefined) return found;
    if (isFirst && !quiet) {
      process.stderr.write(
        `No Go process ${describeChoice(target)} runs yet: waiting for one (Ctrl-C ends it).\n`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

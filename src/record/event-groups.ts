/** The groups of events that can be switched on, and what each costs. */
import { UserError } from '../format/errors.ts';

export type EventGroup = 'sched' | 'gc' | 'alloc';

/** In the order they are listed. Prices: docs/benchmarks.md. */
export const EVENT_GROUPS: Record<
  EventGroup,
  { records: string; price: string; isDefault: boolean }
> = {
  sched: {
    records: 'goroutines created and ended, every change of state with its reason, system calls',
    price:
      'one trap a change, about 1.1 us of CPU each: little for most programs, much for a saturated server',
    isDefault: true,
  },
  gc: {
    records: 'garbage collection cycles, stops of the world and why',
    price: 'a few traps a cycle: nothing',
    isDefault: true,
  },
  alloc: {
    records: 'every allocation: size, type, kind, function and line',
    price: 'one trap an allocation, about 1.2 us of CPU each: measure before you leave it on',
    isDefault: false,
  },
};

const NAMES = Object.keys(EVENT_GROUPS) as EventGroup[];

/** Recorded when nothing is said. */
export const DEFAULT_GROUPS = NAMES.filter((name) => EVENT_GROUPS[name].isDefault);

/**
 * Parse `--events`.
 *
 * @param text - names separated by commas; `all` is every group
 * @throws UserError naming what is not a group
 */
export function parseEventGroups(text: string): EventGroup[] {
  const wanted = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (wanted.includes('all')) return NAMES;
  for (const name of wanted) {
    if (!(name in EVENT_GROUPS)) {
      throw new UserError(`there is no group '${name}'`, `groups: ${NAMES.join(', ')}, all`);
    }
  }
  if (wanted.length === 0) throw new UserError('no group given', `groups: ${NAMES.join(', ')}`);
  return NAMES.filter((name) => wanted.includes(name));
}

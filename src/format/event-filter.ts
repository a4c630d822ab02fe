/** Keeps rows of certain events. */
import type { Recording } from './recording.ts';
import type { RowFilter, RowPass } from './row-filter.ts';

/** Those that tell the states of goroutines. */
export const STATE_EVENTS = ['go_create', 'go_state', 'go_exit'] as const;

/** @param names - of `event`, docs/format.md */
export function eventFilter(
  { dictionaries }: Pick<Recording, 'dictionaries'>,
  names: readonly string[],
): RowFilter {
  const isWanted = dictionaries.event.map((name) => names.includes(name));
  const pass: RowPass = {
    narrow: (_, { event }, mask) => {
      for (let row = 0; row < mask.length; row++) if (!isWanted[event[row]!]) mask[row] = 0;
      return Promise.resolve();
    },
  };
  const states = STATE_EVENTS.every((name) => names.includes(name)) ? 'whole' : 'none';
  return { states, pass: () => pass };
}

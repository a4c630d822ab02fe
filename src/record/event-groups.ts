/** The groups of events that can be switched on, and what each costs. */
import { UserError } from '../format/errors.ts';

export type EventGroup =
  'sched' | 'gc' | 'alloc' | 'chan' | 'sync' | 'net' | 'timer' | 'panic' | 'stack' | 'labels';

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
    records:
      'garbage collection cycles and what asked for them, stops of the world and why, assists, live heap, heap goal, ends of sweeping',
    price: 'a few traps a cycle, two an assist: nothing',
    isDefault: true,
  },
  alloc: {
    records: 'every allocation: size, type, kind, function and line',
    price: 'one trap an allocation, about 1.2 us of CPU each: measure before you leave it on',
    isDefault: false,
  },
  chan: {
    records:
      'every send, receive and close of a channel, every select; not which case a select took, nor what became of a try',
    price: 'one trap a call, about 1.1 us of CPU each: measure before you leave it on',
    isDefault: false,
  },
  sync: {
    records:
      'contended mutexes, semaphores of RWMutex and WaitGroup, Cond; not locks that were free',
    price: 'one to four traps a contended lock: little',
    isDefault: false,
  },
  net: {
    records:
      'file descriptors of the network poller: opened, waited for, ready, closed; not reads that need not wait',
    price: 'two traps a wait, one an opened or closed connection',
    isDefault: false,
  },
  timer: {
    records: 'timers set, stopped and due, those of time.Sleep and deadlines too',
    price: 'two traps a timer',
    isDefault: false,
  },
  panic: {
    records: 'panics with the type of their value, recoveries, fatal errors; not what they say',
    price: 'one trap a panic: nothing',
    isDefault: false,
  },
  stack: {
    records:
      'stacks that are enlarged or shrunk, with both sizes; not the first one of a goroutine',
    price: 'one trap a copy: little',
    isDefault: false,
  },
  labels: {
    records: 'profiler labels (runtime/pprof) set on goroutines, and what they say',
    price: 'one trap a change',
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

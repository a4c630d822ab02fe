/**
 * Functions of the runtime whose calls are events of their own, by Go version.
 *
 * Names, arguments, and who calls whom: runtime/chan.go, select.go, sema.go, netpoll.go,
 * time.go, panic.go, stack.go and mgc*.go of Go 1.20 to 1.27. What each event misses:
 * docs/events.md.
 */

/** Groups of events that are calls; those of `gc` are some of its events. */
export type CallGroup = 'chan' | 'sync' | 'net' | 'timer' | 'panic' | 'stack' | 'labels' | 'gc';

export type CallArgument = 1 | 2 | 3 | 4 | 5 | 6;

/** The `enum call_kind` of bpf/event.h that a function stands for. */
export type CallKindName = 'one' | 'all' | 'panic' | 'throw' | 'error';

/** Where a number is: an argument from 1 on, a constant, or as `enum call_source` of bpf/event.h says. */
export type CallSource =
  CallArgument | CallKindName | 'sum of 4 and 5' | 'second word' | 'stack bytes';

/** What the probe of a call reads. What is absent is 0. */
export interface CallOperands {
  /** Address of what it is about. */
  object?: CallArgument;
  value?: CallSource;
  /** What becomes the column `kind`, or `wait_reason` with `isReason`. */
  detail?: CallSource;
  isReason?: boolean;
  /** The place of the call: a return address given as an argument, or those of two callers. */
  site?: CallArgument | 'callers';
  /** It is about the goroutine whose g is the first argument, not about the one that runs. */
  isAboutFirst?: boolean;
  /** The probe is at an instruction within the function, not where it begins. */
  isWithin?: boolean;
}

export interface CallTarget {
  group: CallGroup;
  /** As the column `event` names it. */
  event: string;
  function: string;
  operands: CallOperands;
  /** Every program has the function; others only those that use it. */
  isAlwaysThere: boolean;
}

/** @param minor - the 26 of Go 1.26 */
export function callTargets(groups: readonly string[], minor: number): CallTarget[] {
  // Before 1.20 semacquire1 is given no reason.
  const reason: CallOperands = minor >= 20 ? { detail: 5, isReason: true } : {};
  const rows: readonly Row[] = [
    ...ALL,
    ['sync', 'sem_acquire', 'runtime.semacquire1', { object: 1, ...reason }, 'always'],
    ...(minor >= 23 ? TIMERS_SINCE_23 : TIMERS_BEFORE_23),
  ];
  return rows
    .filter(([group]) => groups.includes(group))
    .map(([group, event, name, operands, there]) => ({
      group,
      event,
      function: name,
      operands,
      isAlwaysThere: there === 'always',
    }));
}

/** How many of its arguments a probe needs to find as the caller left them. */
export function argumentsRead({ object, value, detail, site, isAboutFirst }: CallOperands): number {
  const last = (source: CallSource | 'callers' | undefined): number => {
    if (typeof source === 'number') return source;
    if (source === 'sum of 4 and 5') return 5;
    return source === 'second word' || source === 'stack bytes' ? 1 : 0;
  };
  return Math.max(...[object, value, detail, site].map(last), isAboutFirst ? 1 : 0);
}

type Row = readonly [CallGroup, string, string, CallOperands, 'always'?];

const OF_CALLER = { site: 'callers' } as const;
const NET = { object: 1, detail: 2 } as const;

const ALL: readonly Row[] = [
  // chansend(c, elem, block, callerpc), chanrecv(c, elem, block): the compiler calls them
  // through chansend1, chanrecv1, chanrecv2, selectnbsend and selectnbrecv, reflect directly.
  ['chan', 'chan_send', 'runtime.chansend', { object: 1, detail: 3, site: 4 }, 'always'],
  ['chan', 'chan_recv', 'runtime.chanrecv', { object: 1, detail: 3, ...OF_CALLER }, 'always'],
  ['chan', 'chan_close', 'runtime.closechan', { object: 1, ...OF_CALLER }, 'always'],
  // selectgo(cases, order, pcs, sends, receives, block)
  ['chan', 'select', 'runtime.selectgo', { value: 'sum of 4 and 5', detail: 6, ...OF_CALLER }],
  // semacquire1(addr, lifo, profile, skipframes, reason) is above; semrelease1(addr, ...)
  ['sync', 'sem_release', 'runtime.semrelease1', { object: 1 }, 'always'],
  ['sync', 'mutex_contended', 'sync.(*Mutex).lockSlow', { object: 1, ...OF_CALLER }],
  ['sync', 'mutex_contended', 'internal/sync.(*Mutex).lockSlow', { object: 1, ...OF_CALLER }],
  ['sync', 'cond_wait', 'sync.runtime_notifyListWait', { object: 1, ...OF_CALLER }],
  [
    'sync',
    'cond_notify',
    'sync.runtime_notifyListNotifyOne',
    { object: 1, detail: 'one', ...OF_CALLER },
  ],
  [
    'sync',
    'cond_notify',
    'sync.runtime_notifyListNotifyAll',
    { object: 1, detail: 'all', ...OF_CALLER },
  ],
  // netpollopen(fd, pd), pollClose(pd), pollWait(pd, mode), netpollready(list, pd, mode)
  ['net', 'net_open', 'runtime.netpollopen', { object: 2, value: 1 }],
  ['net', 'net_close', 'internal/poll.runtime_pollClose', { object: 1 }],
  ['net', 'net_wait', 'internal/poll.runtime_pollWait', NET],
  ['net', 'net_ready', 'runtime.netpollready', { object: 2, detail: 3 }],
  // gopanic(type, data); recovery(gp) goes back to the frame that recovered.
  ['panic', 'panic', 'runtime.gopanic', { object: 1, ...OF_CALLER }, 'always'],
  ['panic', 'recover', 'runtime.recovery', {}, 'always'],
  ['panic', 'fatal', 'runtime.fatalpanic', { detail: 'panic' }, 'always'],
  ['panic', 'fatal', 'runtime.throw', { detail: 'throw', ...OF_CALLER }, 'always'],
  ['panic', 'fatal', 'runtime.fatal', { detail: 'error', ...OF_CALLER }],
  // copystack(gp, newsize): newstack and shrinkstack call nothing else.
  [
    'stack',
    'stack_resize',
    'runtime.copystack',
    { object: 2, value: 'stack bytes', isAboutFirst: true },
    'always',
  ],
  // gcStart(trigger), whose first field is the kind; resetLive(c, bytesMarked)
  ['gc', 'gc_trigger', 'runtime.gcStart', { detail: 1 }, 'always'],
  ['gc', 'gc_heap_live', 'runtime.(*gcControllerState).resetLive', { object: 2 }, 'always'],
  ['labels', 'go_labels', 'runtime/pprof.runtime_setProfLabel', { object: 1 }],
];

// resettimer and time.Sleep go through modtimer, the start of a new timer through addtimer(t),
// where t.when is the second word. runOneTimer(pp, t, now) runs one that is due.
const TIMERS_BEFORE_23: readonly Row[] = [
  ['timer', 'timer_set', 'runtime.addtimer', { object: 1, value: 'second word' }],
  ['timer', 'timer_set', 'runtime.modtimer', { object: 1, value: 2 }, 'always'],
  ['timer', 'timer_stop', 'runtime.deltimer', { object: 1 }],
  ['timer', 'timer_fire', 'runtime.runOneTimer', { object: 2 }, 'always'],
];

// newTimer, reset and time.Sleep go through modify(t, when, ...).
const TIMERS_SINCE_23: readonly Row[] = [
  ['timer', 'timer_set', 'runtime.(*timer).modify', { object: 1, value: 2 }, 'always'],
  ['timer', 'timer_stop', 'runtime.(*timer).stop', { object: 1 }],
  ['timer', 'timer_fire', 'runtime.(*timer).unlockAndRun', { object: 1 }, 'always'],
];

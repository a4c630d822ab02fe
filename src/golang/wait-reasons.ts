/**
 * What the numbers in `g.waitreason` mean, by Go version.
 *
 * Renumbered in 1.26 and shifted in 1.20, 1.22, 1.24 and 1.25, so a number says nothing
 * without the version. Source: `waitReasonStrings` of runtime/runtime2.go at the last
 * release of each minor version; 1.27 has the reasons of 1.26.
 */

const UP_TO_19 = [
  '',
  'GC assist marking',
  'IO wait',
  'chan receive (nil chan)',
  'chan send (nil chan)',
  'dumping heap',
  'garbage collection',
  'garbage collection scan',
  'panicwait',
  'select',
  'select (no cases)',
  'GC assist wait',
  'GC sweep wait',
  'GC scavenge wait',
  'chan receive',
  'chan send',
  'finalizer wait',
  'force gc (idle)',
  'semacquire',
  'sleep',
  'sync.Cond.Wait',
  'timer goroutine (idle)',
  'trace reader (blocked)',
  'wait for GC cycle',
  'GC worker (idle)',
  'preempted',
  'debug call',
];

const FROM_20 = [
  '',
  'GC assist marking',
  'IO wait',
  'chan receive (nil chan)',
  'chan send (nil chan)',
  'dumping heap',
  'garbage collection',
  'garbage collection scan',
  'panicwait',
  'select',
  'select (no cases)',
  'GC assist wait',
  'GC sweep wait',
  'GC scavenge wait',
  'chan receive',
  'chan send',
  'finalizer wait',
  'force gc (idle)',
  'semacquire',
  'sleep',
  'sync.Cond.Wait',
  'sync.Mutex.Lock',
  'sync.RWMutex.RLock',
  'sync.RWMutex.Lock',
  'trace reader (blocked)',
  'wait for GC cycle',
  'GC worker (idle)',
  'GC worker (active)',
  'preempted',
  'debug call',
  'GC mark termination',
  'stopping the world',
];

const FROM_22 = [
  ...FROM_20,
  'flushing proc caches',
  'trace goroutine status',
  'trace proc status',
  'page trace flush',
  'coroutine',
];

/** The last exists from 1.23.4 on; nothing has its number before. */
const FROM_23 = [...FROM_22, 'GC weak to strong wait'];

const FROM_24 = [
  '',
  'GC assist marking',
  'IO wait',
  'chan receive (nil chan)',
  'chan send (nil chan)',
  'dumping heap',
  'garbage collection',
  'garbage collection scan',
  'panicwait',
  'select',
  'select (no cases)',
  'GC assist wait',
  'GC sweep wait',
  'GC scavenge wait',
  'chan receive',
  'chan send',
  'finalizer wait',
  'force gc (idle)',
  'semacquire',
  'sleep',
  'sync.Cond.Wait',
  'sync.Mutex.Lock',
  'sync.RWMutex.RLock',
  'sync.RWMutex.Lock',
  'sync.WaitGroup.Wait',
  'trace reader (blocked)',
  'wait for GC cycle',
  'GC worker (idle)',
  'GC worker (active)',
  'preempted',
  'debug call',
  'GC mark termination',
  'stopping the world',
  'flushing proc caches',
  'trace goroutine status',
  'trace proc status',
  'page trace flush',
  'coroutine',
  'GC weak to strong wait',
  'synctest.Run',
  'synctest.Wait',
  'chan receive (synctest)',
  'chan send (synctest)',
  'select (synctest)',
];

const FROM_25 = [
  '',
  'GC assist marking',
  'IO wait',
  'chan receive (nil chan)',
  'chan send (nil chan)',
  'dumping heap',
  'garbage collection',
  'garbage collection scan',
  'panicwait',
  'select',
  'select (no cases)',
  'GC assist wait',
  'GC sweep wait',
  'GC scavenge wait',
  'chan receive',
  'chan send',
  'finalizer wait',
  'force gc (idle)',
  'GOMAXPROCS updater (idle)',
  'semacquire',
  'sleep',
  'sync.Cond.Wait',
  'sync.Mutex.Lock',
  'sync.RWMutex.RLock',
  'sync.RWMutex.Lock',
  'sync.WaitGroup.Wait',
  'trace reader (blocked)',
  'wait for GC cycle',
  'GC worker (idle)',
  'GC worker (active)',
  'preempted',
  'debug call',
  'GC mark termination',
  'stopping the world',
  'flushing proc caches',
  'trace goroutine status',
  'trace proc status',
  'page trace flush',
  'coroutine',
  'GC weak to strong wait',
  'synctest.Run',
  'synctest.Wait',
  'chan receive (durable)',
  'chan send (durable)',
  'select (durable)',
  'sync.WaitGroup.Wait (durable)',
  'cleanup wait',
];

const FROM_26 = [
  '',
  'GC assist marking',
  'IO wait',
  'dumping heap',
  'garbage collection',
  'garbage collection scan',
  'panicwait',
  'GC assist wait',
  'GC sweep wait',
  'GC scavenge wait',
  'finalizer wait',
  'force gc (idle)',
  'GOMAXPROCS updater (idle)',
  'semacquire',
  'sleep',
  'chan receive (nil chan)',
  'chan send (nil chan)',
  'select (no cases)',
  'select',
  'chan receive',
  'chan send',
  'sync.Cond.Wait',
  'sync.Mutex.Lock',
  'sync.RWMutex.RLock',
  'sync.RWMutex.Lock',
  'sync.WaitGroup.Wait',
  'trace reader (blocked)',
  'wait for GC cycle',
  'GC worker (idle)',
  'GC worker (active)',
  'preempted',
  'debug call',
  'GC mark termination',
  'stopping the world',
  'flushing proc caches',
  'trace goroutine status',
  'trace proc status',
  'page trace flush',
  'coroutine',
  'GC weak to strong wait',
  'synctest.Run',
  'synctest.Wait',
  'chan receive (durable)',
  'chan send (durable)',
  'select (durable)',
  'sync.WaitGroup.Wait (durable)',
  'cleanup wait',
];

/** The runtime's `isWaitingForSuspendG` (1.23 to 1.27), and the heap dump, which does the same. */
const PRETENDED = new Set([
  'stopping the world',
  'GC mark termination',
  'garbage collection',
  'garbage collection scan',
  'trace goroutine status',
  'trace proc status',
  'page trace flush',
  'GC assist marking',
  'GC worker (active)',
  'flushing proc caches',
  'dumping heap',
]);

/**
 * The wait reasons of Go 1.`minor`, as the runtime prints them.
 *
 * @returns index is the number in g.waitreason; index 0 is ''; at most 64
 */
export function waitReasons(minor: number): readonly string[] {
  if (minor >= 26) return FROM_26;
  if (minor >= 25) return FROM_25;
  if (minor >= 24) return FROM_24;
  if (minor >= 23) return FROM_23;
  if (minor >= 22) return FROM_22;
  if (minor >= 20) return FROM_20;
  return UP_TO_19;
}

/**
 * Reasons with which a goroutine only pretends to wait, so that its stack may be taken
 * over, while it runs on the system stack.
 *
 * @returns bit n: reason n is pretended
 */
export function pretendedReasons(minor: number): bigint {
  let bits = 0n;
  for (const [number, reason] of waitReasons(minor).entries()) {
    if (PRETENDED.has(reason)) bits |= 1n << BigInt(number);
  }
  return bits;
}

/** Bit n: Go 1.`minor` has a wait reason n. Bit 0, no reason, is set. */
export function knownReasons(minor: number): bigint {
  return (1n << BigInt(waitReasons(minor).length)) - 1n;
}

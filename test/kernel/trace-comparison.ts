/**
 * What Go's own execution tracer saw of a run, beside what we recorded of the same run.
 *
 * The program traces itself while it is recorded; both clocks are CLOCK_MONOTONIC. The known
 * differences are named below, each with its reason; anything else is a difference.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recording } from '../../src/format/index.ts';
import { goCommand } from '../go-command.ts';
import { readGoTrace, type TraceTransition } from './go-trace.ts';
import { readRecording, type RecordedEvent } from './recorded-events.ts';
import { xgotop } from './xgotop.ts';

/** Our wait reasons as the tracer's coarser words (runtime/trace2runtime.go, traceBlockReason). */
const REASONS: Record<string, string> = {
  'chan receive': 'chan receive',
  'chan send': 'chan send',
  'chan receive (nil chan)': 'forever',
  select: 'select',
  'select (no cases)': 'forever',
  sleep: 'sleep',
  'IO wait': 'network',
  semacquire: 'sync',
  'sync.Mutex.Lock': 'sync',
  'sync.RWMutex.Lock': 'sync',
  'sync.RWMutex.RLock': 'sync',
  'sync.WaitGroup.Wait': 'sync',
  'sync.Cond.Wait': 'sync.(*Cond).Wait',
  'wait for GC cycle': 'wait until GC ends',
  'GC worker (idle)': 'system goroutine wait',
  'GC sweep wait': 'GC background sweeper wait',
  'GC scavenge wait': 'system goroutine wait',
  'GC assist wait': 'GC mark assist wait for work',
  'force gc (idle)': 'system goroutine wait',
  'finalizer wait': 'system goroutine wait',
  'cleanup wait': 'system goroutine wait',
  'trace reader (blocked)': 'system goroutine wait',
  'GOMAXPROCS updater (idle)': 'system goroutine wait',
  preempted: 'preempted',
};

const STATES: Record<string, string> = {
  '': 'NotExist',
  runnable: 'Runnable',
  running: 'Running',
  syscall: 'Syscall',
  waiting: 'Waiting',
  dead: 'NotExist',
};

/** One story compared with the other, goroutine by goroutine. */
export interface Comparison {
  /** Things that both could tell. */
  compared: number;
  /** A line of words for each that they tell differently. */
  differences: string[];
}

/** A run that was traced and recorded. */
export interface TracedRun {
  recording: Recording;
  trace: TraceTransition[];
  /** As GoTrace has them. */
  heapGoals: number[];
  ours: TimedEvent[];
  /** Both by goroutine. */
  traceOf: Map<number, TraceTransition[]>;
  oursOf: Map<number, TimedEvent[]>;
  /** What the program printed. */
  printed: string;
  /** First and last transition that the tracer saw, ns. */
  window: [bigint, bigint];
}

type TimedEvent = RecordedEvent & { monoNs: bigint };

/**
 * Record a program that writes Go's trace of itself to the file of its first argument.
 *
 * @param program - built from testdata/traced, or another
 * @param args - of the program, which make it write its trace to a path
 * @throws Error what the recorder said, when it failed
 */
export async function recordTraced(
  program: string,
  args: (tracePath: string) => string[] = (tracePath) => [tracePath],
): Promise<TracedRun> {
  const dir = mkdtempSync(join(tmpdir(), 'xgotop-oracle-'));
  const [tracePath, path] = [join(dir, 'go.trace'), join(dir, 'run.arrow')];
  const record = ['record', '-e', 'sched,alloc,gc', '-o', path];
  const ran = await xgotop([...record, '--', program, ...args(tracePath)]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  const { transitions: trace, heapGoals } = await readGoTrace(goCommand(), tracePath);
  const { recording, events } = await readRecording(path);
  const { startMonoNs } = recording.meta;
  const ours = events.map((event) => ({ ...event, monoNs: startMonoNs + BigInt(event.timeNs) }));
  return {
    recording,
    trace,
    heapGoals,
    ours,
    traceOf: byGoid(trace),
    oursOf: byGoid(ours),
    printed: ran.stdout,
    window: [trace[0]!.timeNs, trace.at(-1)!.timeNs],
  };
}

/** Goroutines created: id, parent, start function and line. */
export function compareCreated({ trace, ours }: TracedRun): Comparison {
  // A timer's function is started by the scheduler, which is no goroutine: the tracer says -1
  // and has no stack for it; we say 0 and still know the line of the go statement.
  const words = (goid: number, by: number, func: string, line: number) =>
    by <= 0 ? `g${goid} by the scheduler: ${func}` : `g${goid} by g${by}: ${func} line ${line}`;
  const created = trace
    .filter((t) => t.from === 'NotExist')
    .map((t) => words(t.goid, t.byGoid, t.startFunction, t.line));
  const recorded = new Set(
    ours
      .filter((event) => event.event === 'go_create')
      .map((event) => words(event.goid, event.byGoid, event.func, event.line)),
  );
  return {
    compared: created.length,
    differences: created.filter((said) => !recorded.has(said)).map((said) => `unseen: ${said}`),
  };
}

/** The heap's goals, in order; from Go 1.21 on the tracer's first one is what it found, no commitment. */
export function compareHeapGoals({ heapGoals, ours }: TracedRun): Comparison {
  const recorded = ours.filter(({ event }) => event === 'gc_heap_goal').map((e) => e.sizeBytes);
  const isRun = (goals: readonly number[]) =>
    recorded.some((_, i) => goals.every((goal, k) => recorded[i + k] === goal));
  const same = [heapGoals, heapGoals.slice(1)].find(isRun);
  const difference = `tracer: ${heapGoals.join(' ')}, recorded: ${recorded.join(' ')}`;
  return { compared: same?.length ?? 0, differences: same === undefined ? [difference] : [] };
}

/** Cycles of the collector: each marks, then sweeps to its end before the next; the last may go on. */
export function compareSweeps({ ours }: TracedRun): Comparison {
  const cycle = ['gc_begin', 'gc_end', 'gc_sweep_end'];
  const told = ours.map(({ event }) => event).filter((event) => cycle.includes(event));
  const isInOrder = told.every((event, i) => event === cycle[i % cycle.length]);
  return {
    compared: told.filter((event) => event === 'gc_sweep_end').length,
    differences: isInOrder ? [] : [`cycles: ${told.join(' ')}`],
  };
}

/** Goroutines that ended. */
export function compareEnded({ trace, ours }: TracedRun): Comparison {
  const ended = trace.filter((t) => t.from === 'Running' && t.to === 'NotExist');
  const recorded = new Set(
    ours.filter((event) => event.event === 'go_exit').map((event) => event.goid),
  );
  return {
    compared: ended.length,
    differences: ended.filter((t) => !recorded.has(t.goid)).map((t) => `g${t.goid} ended unseen`),
  };
}

/** Goroutines created or ended that the tracer did not see; only where it has our clock. */
export function compareUntraced({ trace, ours, window }: TracedRun): Comparison {
  const goids = new Set(trace.map((t) => t.goid));
  const inWindow = ours.filter(
    (event) =>
      (event.event === 'go_create' || event.event === 'go_exit') &&
      event.monoNs > window[0] &&
      event.monoNs < window[1],
  );
  return {
    compared: inWindow.length,
    differences: inWindow
      .filter((event) => !goids.has(event.goid))
      .map((event) => `g${event.goid}: ${event.event} that the tracer did not see`),
  };
}

/** Whole lives of the goroutines that only live while the tracer is on, in their order. */
export function compareLives(run: TracedRun): Comparison {
  const result: Comparison = { compared: 0, differences: [] };
  // Of system calls the tracers tell differently, by version; with times they are compared below.
  // One that lost its P may be told as runnable when it comes back.
  const words = (steps: readonly Step[]) =>
    steps
      .map((step) => step.words)
      .filter((said, i, all) => {
        const isComingBack = said === 'Runnable->Running' && all[i - 1] === 'Syscall->Runnable';
        return !said.includes('Syscall') && !isComingBack;
      });
  for (const goid of run.traceOf.keys()) {
    const theirs = words(traceSteps(run, goid));
    if (theirs[0] !== 'NotExist->Runnable' || theirs.at(-1) !== 'Running->NotExist') continue;
    const mine = words(ourSteps(run, goid));
    result.compared += theirs.length;
    if (theirs.join() !== mine.join()) {
      result.differences.push(`g${goid}: ${theirs.join()} | ${mine.join()}`);
    }
  }
  return result;
}

/** State changes in order, with reason and system calls; only where the tracer has our clock. */
export function compareStates(run: TracedRun): Comparison {
  const result: Comparison = { compared: 0, differences: [] };
  for (const goid of run.traceOf.keys()) {
    const theirs = traceSteps(run, goid);
    if (theirs.length === 0) continue;
    result.compared += theirs.length;
    const differences = beginnings(ourSteps(run, goid), theirs[0]!).map((mine) =>
      firstDifference(theirs, mine, run.window[1]),
    );
    const difference = differences.includes(undefined) ? undefined : differences[0];
    if (difference !== undefined) result.differences.push(`g${goid}: ${difference}`);
  }
  return result;
}

/** A number that the program printed after a word. */
export function printedNumber({ printed }: TracedRun, word: string): number {
  const match = new RegExp(`^${word} (\\d+)$`, 'm').exec(printed);
  if (match === null) throw new Error(`the program said nothing of ${word}: ${printed}`);
  return Number(match[1]);
}

/** Allocations between the program's last two readings of the runtime's counters, which it printed. */
export function exactAllocations({ ours }: TracedRun): number {
  const stops = ours.filter((event) => event.event === 'stw_begin').slice(-2);
  const [first, last] = stops.map(({ monoNs }) => monoNs);
  if (last === undefined) return 0;
  return ours.filter(
    (event) => event.event === 'alloc' && event.monoNs > first! && event.monoNs < last,
  ).length;
}

function byGoid<T extends { goid: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.goid);
    if (group) group.push(item);
    else groups.set(item.goid, [item]);
  }
  return groups;
}

/** A transition in words that both sides can say: `Running->Waiting (sync)`. */
interface Step {
  monoNs: bigint;
  words: string;
}

function traceSteps({ traceOf }: TracedRun, goid: number): Step[] {
  return (
    (traceOf.get(goid) ?? [])
      // At each second the tracer begins anew, and says again what it said before.
      .filter((t) => t.from !== 'Undetermined' && t.from !== t.to)
      .map((t) => ({
        monoNs: t.timeNs,
        words: `${t.from}->${t.to}${t.to === 'Waiting' ? ` (${t.reason})` : ''}`,
      }))
  );
}

function ourSteps({ oursOf }: TracedRun, goid: number): Step[] {
  return (oursOf.get(goid) ?? [])
    .filter(({ event }) => ['go_create', 'go_state', 'go_exit'].includes(event))
    .map(({ monoNs, from, to, waitReason }) => {
      const reason = to === 'waiting' ? ` (${REASONS[waitReason] ?? waitReason})` : '';
      return { monoNs, words: `${STATES[from]}->${STATES[to]}${reason}` };
    });
}

/**
 * Our steps from one on that may be the tracer's `first`: of the same words, the nearest first.
 *
 * The thread may be preempted between the tracer's event and ours for some ms; among many system
 * calls in a row the nearest is then another, and only what follows tells which it is.
 */
function beginnings(steps: readonly Step[], first: Step): Step[][] {
  const awayNs = ({ monoNs }: Step) => Number(monoNs - first.monoNs);
  const found = steps.flatMap((step, index) =>
    step.words === first.words && Math.abs(awayNs(step)) < 50e6 ? [index] : [],
  );
  const nearest = found.sort((a, b) => Math.abs(awayNs(steps[a]!)) - Math.abs(awayNs(steps[b]!)));
  return nearest.length === 0 ? [[...steps]] : nearest.map((index) => steps.slice(index));
}

/** How many steps of the tracer's are how many of ours, where they are told in other words. */
const SAME: readonly { theirs: readonly string[]; ours: readonly string[] }[] = [
  // It lost its P during a system call and got one at once when it came back: the runtime never
  // makes it runnable; the tracer says GoSyscallEndBlocked and GoStart.
  { theirs: ['Syscall->Runnable', 'Runnable->Running'], ours: ['Syscall->Running'] },
  // It got none. Go 1.26 takes it out of the system call first, by a bare store.
  { theirs: ['Syscall->Runnable'], ours: ['Syscall->Running', 'Running->Runnable'] },
];

/**
 * Where two stories part, in words; undefined when they are one.
 *
 * Steps in `SAME` words can be read in several ways, of which one must lead to the end. And what
 * a goroutine does while the tracer is being stopped, only we see.
 */
function firstDifference(
  theirs: readonly Step[],
  mine: readonly Step[],
  traceEndNs: bigint,
): string | undefined {
  const says = (steps: readonly Step[], at: number, words: readonly string[]) =>
    words.every((said, k) => steps[at + k]?.words === said);
  const tried = new Set<string>();
  const open: [number, number][] = [[0, 0]];
  let furthest: [number, number] = [0, 0];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    let [i, j] = next;
    if (tried.has(`${i} ${j}`)) continue;
    tried.add(`${i} ${j}`);
    while (i < theirs.length && j < mine.length && theirs[i]!.words === mine[j]!.words) {
      i++;
      j++;
    }
    if (i > furthest[0]) furthest = [i, j];
    if (i === theirs.length && (j === mine.length || mine[j]!.monoNs > traceEndNs - 50_000_000n)) {
      return undefined;
    }
    for (const same of SAME) {
      if (!says(theirs, i, same.theirs) || !says(mine, j, same.ours)) continue;
      open.push([i + same.theirs.length, j + same.ours.length]);
    }
  }
  const [i, j] = furthest;
  const show = (steps: readonly Step[], at: number) =>
    steps
      .slice(Math.max(0, at - 2), at + 4)
      .map((step) => step.words)
      .join(', ');
  return `step ${i} of ${theirs.length}/${mine.length}: tracer [${show(theirs, i)}], ours [${show(mine, j)}]`;
}

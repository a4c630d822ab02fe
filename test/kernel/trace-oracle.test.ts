/**
 * What Go's own execution tracer saw of a run, and what we recorded of the same run.
 *
 * The program traces itself while it is recorded; both clocks are CLOCK_MONOTONIC. Within the
 * time the tracer was on, both must tell the same story of every goroutine. The known
 * differences are named below, each with its reason; anything else fails.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram, goCommand } from './go-program.ts';
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
};

const STATES: Record<string, string> = {
  '': 'NotExist',
  runnable: 'Runnable',
  running: 'Running',
  syscall: 'Syscall',
  waiting: 'Waiting',
  dead: 'NotExist',
};

let trace: TraceTransition[];
let ours: (RecordedEvent & { monoNs: bigint })[];
let printed: string;
/** First and last transition that the tracer saw of user goroutines, ns. */
let window: [bigint, bigint];

async function recordOnce() {
  const dir = mkdtempSync(join(tmpdir(), 'xgotop-oracle-'));
  const program = buildGoProgram('test/kernel/testdata/traced');
  const [tracePath, path] = [join(dir, 'go.trace'), join(dir, 'run.arrow')];
  const ran = await xgotop(['record', '-e', 'all', '-o', path, '--', program, tracePath]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  printed = ran.stdout;
  trace = await readGoTrace(goCommand(), tracePath);
  const { recording, events } = await readRecording(path);
  const { startMonoNs } = recording.meta;
  ours = events.map((event) => ({ ...event, monoNs: startMonoNs + BigInt(event.timeNs) }));
  window = [trace[0]!.timeNs, trace.at(-1)!.timeNs];
}

/** A transition in words that both sides can say: `Running->Waiting (sync)`. */
interface Step {
  monoNs: bigint;
  words: string;
}

function traceSteps(goid: number): Step[] {
  return trace
    .filter((t) => t.goid === goid && t.from !== 'Undetermined')
    .map((t) => ({
      monoNs: t.timeNs,
      words: `${t.from}->${t.to}${t.to === 'Waiting' ? ` (${t.reason})` : ''}`,
    }));
}

function ourSteps(goid: number): Step[] {
  const steps: Step[] = [];
  for (const event of ours) {
    if (event.goid !== goid || !['go_create', 'go_state', 'go_exit'].includes(event.event))
      continue;
    const [from, to] = [STATES[event.from], STATES[event.to]];
    const reason =
      event.to === 'waiting' ? ` (${REASONS[event.waitReason] ?? event.waitReason})` : '';
    const last = steps.at(-1);
    // Go 1.26 leaves a system call without a P as syscall -> running -> runnable, the first
    // by a bare store; the tracer tells it as one step.
    if (last?.words === 'Syscall->Running' && from === 'Running' && to === 'Runnable') {
      const gapNs = event.monoNs - last.monoNs;
      if (gapNs < 1_000_000n && !isYield(goid, event.monoNs)) {
        last.words = 'Syscall->Runnable';
        continue;
      }
    }
    steps.push({ monoNs: event.monoNs, words: `${from}->${to}${reason}` });
  }
  return steps;
}

/** Did the tracer see this goroutine yield at this time? */
function isYield(goid: number, monoNs: bigint): boolean {
  return trace.some(
    (t) =>
      t.goid === goid &&
      t.from === 'Running' &&
      t.to === 'Runnable' &&
      t.timeNs > monoNs - 200_000n &&
      t.timeNs < monoNs + 200_000n,
  );
}

beforeAll(async () => {
  await recordOnce();
});

describe('beside the execution tracer', () => {
  kernelTest('every goroutine created has the same id, parent, start function and line', () => {
    const created = trace
      .filter((t) => t.from === 'NotExist')
      .map((t) => `g${t.goid} by g${t.byGoid}: ${t.startFunction} line ${t.line}`);
    const recorded = new Set(
      ours
        .filter((event) => event.event === 'go_create')
        .map((event) => `g${event.goid} by g${event.byGoid}: ${event.func} line ${event.line}`),
    );
    expect(created.length).toBeGreaterThan(400);
    expect(created.filter((words) => !recorded.has(words))).toEqual([]);
  });

  kernelTest('every goroutine that ended is ended', () => {
    const ended = trace.filter((t) => t.from === 'Running' && t.to === 'NotExist');
    const recorded = new Set(
      ours.filter((event) => event.event === 'go_exit').map((event) => event.goid),
    );
    expect(ended.length).toBeGreaterThan(400);
    expect(ended.filter((t) => !recorded.has(t.goid))).toEqual([]);
  });

  kernelTest('no goroutine is created or ended that the tracer did not see', () => {
    const goids = new Set(trace.map((t) => t.goid));
    const inWindow = ours.filter(
      (event) =>
        (event.event === 'go_create' || event.event === 'go_exit') &&
        event.monoNs > window[0] &&
        event.monoNs < window[1],
    );
    expect(inWindow.filter((event) => !goids.has(event.goid))).toEqual([]);
  });

  kernelTest('state changes agree in order and reason, goroutine by goroutine', () => {
    const differences: string[] = [];
    let compared = 0;
    for (const goid of new Set(trace.map((t) => t.goid))) {
      const theirs = traceSteps(goid);
      if (theirs.length === 0) continue;
      // 300 µs: a preempted probe may be that late; nothing else of this goroutine lies so near
      // the ends of the trace, where the world is stopped.
      const mine = ourSteps(goid).filter(
        (step) =>
          step.monoNs >= theirs[0]!.monoNs - 300_000n &&
          step.monoNs <= theirs.at(-1)!.monoNs + 300_000n,
      );
      compared += theirs.length;
      const difference = firstDifference(theirs, mine);
      if (difference !== undefined) differences.push(`g${goid}: ${difference}`);
    }
    expect(compared).toBeGreaterThan(10_000);
    expect(differences).toEqual([]);
  });

  kernelTest('counts allocations as MemStats does, and garbage collections', () => {
    const mallocs = Number(/mallocs (\d+)/.exec(printed)![1]);
    const collections = Number(/gcs (\d+)/.exec(printed)![1]);
    const allocs = ours.filter((event) => event.event === 'alloc').length;
    // Allocations after ReadMemStats (printing) are ours alone.
    expect(allocs).toBeGreaterThanOrEqual(mallocs);
    expect(allocs - mallocs).toBeLessThan(mallocs * 0.005);
    expect(ours.filter((event) => event.event === 'gc_begin').length).toBe(collections);
    expect(ours.filter((event) => event.event === 'gc_end').length).toBe(collections);
  });
});

/** Where two stories part, in words; undefined when they are one. */
function firstDifference(theirs: readonly Step[], mine: readonly Step[]): string | undefined {
  const at = theirs.findIndex((step, i) => step.words !== mine[i]?.words);
  if (at < 0 && mine.length === theirs.length) return undefined;
  const where = at < 0 ? theirs.length : at;
  const show = (steps: readonly Step[]) =>
    steps
      .slice(Math.max(0, where - 2), where + 4)
      .map((step) => step.words)
      .join(', ');
  return `step ${where} of ${theirs.length}/${mine.length}: tracer [${show(theirs)}], ours [${show(mine)}]`;
}

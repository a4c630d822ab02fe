/** The counters of a recording: those of which it has the data, in the order they are shown. */
import { STATES } from '../../../src/format/event-columns.ts';
import type { MetricRow } from '../../../src/format/recording.ts';
import { tokenOfState, type Token } from '../lanes/palette.ts';
import type { Summary } from '../worker/protocol.ts';
import type { Series } from '../worker/series.ts';
import { CURVE_STATES, type StateCurve } from '../worker/state-curve.ts';
import { CounterCurve } from './counter-curve.ts';

export type CounterUnit = 'count' | 'bytes' | 'bytes/s' | 'percent';

/** One of the curves that lie on each other. */
export interface CounterLayer {
  name: string;
  curve: CounterCurve;
  token: Token;
}

export interface Counter {
  /** Stable over time. */
  key: string;
  name: string;
  /** What the value is, in a few words. */
  what: string;
  unit: CounterUnit;
  /** From the bottom up; their sum is the value. */
  layers: CounterLayer[];
  /** Its most is the highest value, whatever was joined. */
  whole: CounterCurve;
  /** It is something in a second: told of slices of time. */
  isRate?: boolean;
  /** Drawn as a line: what the value is to stay under. */
  limit?: { name: string; curve: CounterCurve };
}

/** @param series - undefined until it was read: what the summary tells is shown meanwhile */
export function countersOf(summary: Summary | undefined, series: Series | undefined): Counter[] {
  if (summary === undefined) return [];
  const states = series?.states;
  const counters =
    states === undefined
      ? countersOfStates(statesOfHistory(summary), 'other, or not read')
      : [...stateCounters(states)];
  if (series === undefined) return counters;
  const { heapLive, heapGoal, allocated, metrics } = series;
  const { endNs } = summary;
  if (heapLive.timeNs.length + heapGoal.timeNs.length > 0) {
    counters.push({
      ...simple('heap', 'Heap live', 'bytes', 'net', stepsOf(heapLive, endNs)),
      what: 'what marking found alive, and the goal of the next cycle',
      limit: { name: 'goal', curve: stepsOf(heapGoal, endNs) },
    });
  }
  if (allocated !== undefined) {
    const curve = rateCurve(allocated, summary.loadedNs);
    counters.push({
      ...simple('allocation', 'Allocation', 'bytes/s', 'chan', curve),
      what: 'bytes asked for in a second',
      isRate: true,
    });
  }
  counters.push(...metricCounters(metrics));
  return counters;
}

function simple(
  key: string,
  name: string,
  unit: CounterUnit,
  token: Token,
  curve: CounterCurve,
): Omit<Counter, 'what'> {
  return { key, name, unit, layers: [{ name, curve, token }], whole: curve };
}

/** What was made of the states that were told last: a growing recording is summed up more often. */
let made: { of: StateCurve; counters: readonly Counter[] } | undefined;

function stateCounters(states: StateCurve): readonly Counter[] {
  if (made?.of !== states) made = { of: states, counters: countersOfStates(states, 'other') };
  return made.counters;
}

function countersOfStates(
  { timeNs, sums, most, mostRunnable }: StateCurve,
  otherName: string,
): Counter[] {
  const total = new Float64Array(timeNs.length);
  const layers = CURVE_STATES.map((name, i): CounterLayer => {
    const sum = sums[i]!;
    for (let at = 0; at < total.length; at++) total[at]! += sum[at]!;
    const token = name === 'other' ? 'other' : tokenOfState(STATES.indexOf(name));
    // The most of a single state is asked of none but the runnable ones.
    const curve = new CounterCurve(timeNs, sum, most);
    return { name: name === 'other' ? otherName : name, curve, token };
  });
  const runnableSum = sums[CURVE_STATES.indexOf('runnable')]!;
  const runnable = new CounterCurve(timeNs, runnableSum, mostRunnable);
  return [
    {
      key: 'goroutines',
      name: 'Goroutines',
      what: 'goroutines by state',
      unit: 'count',
      layers,
      whole: new CounterCurve(timeNs, total, most),
    },
    {
      ...simple('runnable', 'Run queue', 'count', 'runnable', runnable),
      what: 'goroutines that could run, and wait for a processor',
    },
  ];
}

/** Means by bucket, while or where nothing finer is known. Those not read count as others. */
function statesOfHistory({ history, loadedNs }: Summary): StateCurve {
  const { bucketNs, bucketCount, counts } = history;
  const stateCount = STATES.length;
  const indices = CURVE_STATES.map((name) => (STATES as readonly string[]).indexOf(name));
  const dead = STATES.indexOf('dead');
  const timeNs = new Float64Array(bucketCount + 1);
  const sums = CURVE_STATES.map(() => new Float64Array(bucketCount + 1));
  const most = new Float64Array(bucketCount);
  const mostRunnable = new Float64Array(bucketCount);
  const runnable = STATES.indexOf('runnable');
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const fromNs = bucket * bucketNs;
    const toNs = bucket === bucketCount - 1 ? Math.max(loadedNs, fromNs + 1) : fromNs + bucketNs;
    timeNs[bucket + 1] = toNs;
    let total = 0;
    for (let state = 0; state < stateCount; state++) {
      const count = state === dead ? 0 : counts[bucket * stateCount + state]!;
      const found = indices.indexOf(state);
      const layer = sums[found < 0 ? sums.length - 1 : found]!;
      layer[bucket + 1]! += count * (toNs - fromNs);
      total += count;
    }
    for (const sum of sums) sum[bucket + 1]! += sum[bucket]!;
    most[bucket] = total;
    mostRunnable[bucket] = counts[bucket * stateCount + runnable]!;
  }
  return { timeNs, sums, most, mostRunnable };
}

function stepsOf({ timeNs, value }: Series['heapLive'], endNs: number): CounterCurve {
  return CounterCurve.ofSteps(timeNs, value, endNs);
}

/** Bytes a second, of what was allocated by bucket. */
function rateCurve(
  { bucketNs, bytes }: NonNullable<Series['allocated']>,
  loadedNs: number,
): CounterCurve {
  const count = Math.min(bytes.length, Math.max(1, Math.ceil(loadedNs / bucketNs)));
  const timeNs = Float64Array.from({ length: count }, (_, bucket) => bucket * bucketNs);
  const rates = Float64Array.from({ length: count }, (_, bucket) => {
    // The last bucket is not over yet.
    const lengthNs = Math.min(bucketNs, Math.max(1, loadedNs - bucket * bucketNs));
    return (bytes[bucket]! * 1e9) / lengthNs;
  });
  return CounterCurve.ofSteps(timeNs, rates, Math.min(count * bucketNs, loadedNs));
}

/** What the recorder and the program took, between one row and the next. */
function metricCounters(metrics: readonly MetricRow[]): Counter[] {
  if (metrics.length === 0) return [];
  const { length } = metrics;
  const endNs = metrics[length - 1]!.timeNs;
  const fromNs = Float64Array.from(metrics, (_, i) => (i === 0 ? 0 : metrics[i - 1]!.timeNs));
  const shareOf = (name: 'recorderCpuNs' | 'targetCpuNs'): CounterCurve => {
    const percent = metrics.map((row, i) => {
      const before = metrics[i - 1];
      const lengthNs = row.timeNs - (before?.timeNs ?? 0);
      const cpuNs = row[name] - (before?.[name] ?? 0);
      return lengthNs > 0 ? Math.max(0, (100 * cpuNs) / lengthNs) : 0;
    });
    return CounterCurve.ofSteps(fromNs, Float64Array.from(percent), endNs);
  };
  const rss = Float64Array.from(metrics, ({ targetRssBytes }) => targetRssBytes);
  const counters: Counter[] = [
    {
      ...simple('recorder-cpu', 'Recorder CPU', 'percent', 'other', shareOf('recorderCpuNs')),
      what: 'of one CPU, taken by the recorder itself',
    },
    {
      ...simple('program-cpu', 'Program CPU', 'percent', 'running', shareOf('targetCpuNs')),
      what: 'of one CPU, taken by the program, probes included',
    },
    {
      ...simple(
        'program-rss',
        'Program memory',
        'bytes',
        'sync',
        CounterCurve.ofSteps(fromNs, rss, endNs),
      ),
      what: 'resident memory of the program (RSS)',
    },
  ];
  // A recording without a program that can be asked, such as a merge, has nothing of it.
  return counters.filter(
    ({ key, whole }) => key === 'recorder-cpu' || whole.mostBetween(0, endNs) > 0,
  );
}

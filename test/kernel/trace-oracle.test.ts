/** Go's own execution tracer and the recording tell the same story of a run, on each Go. */
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import {
  compareCreated,
  compareEnded,
  compareHeapGoals,
  compareLives,
  compareStates,
  compareSweeps,
  compareUntraced,
  exactAllocations,
  printedNumber,
  recordTraced,
  type Comparison,
  type TracedRun,
} from './trace-comparison.ts';

const GO_1_19 = '/usr/lib/go-1.19/bin/go';

/** Up to Go 1.21 the tracer counts CPU cycles: its times cannot be compared. */
const TOOLCHAINS: [toolchain: string, hasMonotonicTimes: boolean][] = [
  ['local', true],
  ['go1.27.4', true],
  ['go1.25.14', true],
  ['go1.24.13', true],
  ['go1.23.12', true],
  ['go1.22.12', true],
  ['go1.21.13', false],
  ['go1.20.14', false],
  // Before there were toolchains to fetch: where Debian puts it.
  ...(existsSync(GO_1_19) ? [[GO_1_19, false] as [string, boolean]] : []),
];

/** Why the world stops in that program, whatever the version. */
const WHY = ['GC mark termination', 'GC sweep termination', 'read mem stats'];

/** A few differences say enough of what is wrong. */
function check({ compared, differences }: Comparison, atLeast: number): void {
  expect(differences.slice(0, 5)).toEqual([]);
  expect(compared).toBeGreaterThan(atLeast);
}

describe.for(TOOLCHAINS)('beside the execution tracer of %s', ([toolchain, hasMonotonicTimes]) => {
  let run: TracedRun;
  beforeAll(async () => {
    run = await recordTraced(buildGoProgram('test/kernel/testdata/traced', { toolchain }));
  });

  kernelTest('every goroutine created has the same id, parent, start function and line', () =>
    check(compareCreated(run), 400),
  );

  kernelTest('every goroutine that ended is ended', () => check(compareEnded(run), 400));

  kernelTest('counts allocations as MemStats does, and garbage collections', () => {
    const { ours } = run;
    const collections = printedNumber(run, 'gcs');
    const mallocs = printedNumber(run, 'mallocs');
    const allocs = ours.filter((event) => event.event === 'alloc').length;
    // Allocations after ReadMemStats (printing) are ours alone.
    expect(allocs).toBeGreaterThanOrEqual(mallocs);
    expect(allocs - mallocs).toBeLessThan(mallocs * 0.005);
    expect(exactAllocations(run)).toBe(printedNumber(run, 'exact'));
    expect(ours.filter((event) => event.event === 'gc_begin').length).toBe(collections);
    expect(ours.filter((event) => event.event === 'gc_end').length).toBe(collections);
  });

  kernelTest('sweeps to the end in each cycle', () => check(compareSweeps(run), 2));
  kernelTest('tells the same goals of the heap', () => check(compareHeapGoals(run), 2));

  kernelTest('goroutines that only live while the tracer is on change their state alike', () =>
    check(compareLives(run), 5_000),
  );

  kernelTest('says why the world stops, where the runtime is told', () => {
    const kinds = new Set(
      run.ours.flatMap(({ event, kind }) => (event === 'stw_begin' ? kind : [])),
    );
    const hasReasons = Number(run.recording.meta.goVersion.split('.')[1]) >= 21;
    expect([...kinds].sort()).toEqual(hasReasons ? expect.arrayContaining(WHY) : ['unknown']);
  });

  if (!hasMonotonicTimes) return;

  kernelTest('no goroutine is created or ended that the tracer did not see', () =>
    check(compareUntraced(run), 400),
  );

  kernelTest('state changes agree in order and reason, goroutine by goroutine', () =>
    check(compareStates(run), 10_000),
  );
});

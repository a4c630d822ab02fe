/** What is recorded of a program is what the program did, on each Go and by each way to attach. */
import { beforeAll, describe, expect } from 'vitest';
import { ALLOC_KINDS, STATES, STW_REASONS } from '../../src/format/event-columns.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from '../kernel/go-program.ts';
import { recordProgram, rowsOf, sitesOf, type Recorded, type Row } from './record-program.ts';

const GOROUTINES = 300;
const ALLOCATIONS = 20_000;
const COLLECTIONS = 3;
const ARGS = ['counts', String(GOROUTINES), String(ALLOCATIONS), String(COLLECTIONS)];
const [SYSCALL, DEAD] = [STATES.indexOf('syscall'), STATES.indexOf('dead')];
const READ_MEM_STATS = ALLOC_KINDS.length + STW_REASONS.indexOf('read mem stats');

const stateChanges = (recorded: Recorded) =>
  recorded.rows.filter((row) => row.to_state !== 0 || row.from_state !== 0);

/** Rows that do not begin where the goroutine's row before ended. */
function brokenChains(recorded: Recorded): Row[] {
  const last = new Map<number, number>();
  return stateChanges(recorded).filter((row) => {
    const before = last.get(row.goid);
    last.set(row.goid, row.to_state);
    return before !== undefined && row.from_state !== 0 && row.from_state !== before;
  });
}

describe.for<[toolchain: string, perfEvents: boolean]>([
  ['local', false],
  ['local', true],
  ['go1.21.13', false],
  ['go1.22.12', false],
  ['go1.23.12', false],
  ['go1.24.13', false],
  ['go1.25.14', true],
])('Go %s, perf events %s', ([toolchain, perfEvents]) => {
  let recorded: Recorded;
  let said: Record<'goroutines' | 'mallocs' | 'collections', number>;

  beforeAll(async () => {
    const path = buildGoProgram('test/native/testdata/workload', { toolchain });
    recorded = await recordProgram(path, ARGS, { open: { perfEvents } });
    said = JSON.parse(recorded.stdout) as typeof said;
  });

  kernelTest('nothing is lost, by the method asked for', () => {
    expect(recorded.exit).toEqual({ exitCode: 0 });
    expect(recorded.method).toBe(perfEvents ? 'perf_event' : 'uprobe_multi');
    expect([...recorded.stats.lost]).toEqual([0n, 0n, 0n, 0n, 0n, 0n]);
    expect(Number(recorded.stats.events)).toBe(recorded.rows.length);
  });

  kernelTest('each goroutine is created once, by its go statement, and ends once', () => {
    const sites = sitesOf(recorded);
    const nameAt = (site: number) => recorded.program.functionAt(Number(sites[site]![0]))?.name;
    const created = rowsOf(recorded, 'go_create').filter(
      (row) => nameAt(row.site) === 'main.spawn' || nameAt(row.site) === 'main.counts',
    );
    const goids = new Set(created.map((row) => row.goid));
    expect([said.goroutines, created.length, goids.size]).toEqual(Array(3).fill(GOROUTINES));
    expect(new Set(created.map((row) => row.by_goid))).toEqual(new Set([1]));
    const starts = new Set(created.map((row) => nameAt(row.func)));
    expect([...starts].join()).toMatch(/^main\.(spawn|counts)\./);
    const ended = rowsOf(recorded, 'go_exit').filter((row) => goids.has(row.goid));
    expect(ended).toHaveLength(GOROUTINES);
    expect(new Set(ended.map((row) => row.to_state))).toEqual(new Set([DEAD]));
  });

  kernelTest('every allocation between two readings of the counter is recorded', () => {
    const stops = rowsOf(recorded, 'stw_begin').filter((row) => row.kind === READ_MEM_STATS);
    expect(stops).toHaveLength(2);
    const [first, second] = stops.map((row) => row.time_ns) as [number, number];
    const allocs = rowsOf(recorded, 'alloc').filter(
      (row) => row.time_ns > first && row.time_ns < second,
    );
    expect(said.mallocs).toBeGreaterThanOrEqual(ALLOCATIONS);
    expect(allocs).toHaveLength(said.mallocs);
    const boxes = allocs.filter((row) => row.size_bytes === 56);
    expect(boxes.length).toBeGreaterThanOrEqual(ALLOCATIONS);
    expect(new Set(boxes.map((row) => row.goid)).has(1)).toBe(true);
  });

  kernelTest('an allocation is told with the line that made it, and its type', () => {
    const sites = sitesOf(recorded);
    const boxes = rowsOf(recorded, 'alloc').filter(
      (row) => row.size_bytes === 56 && row.goid === 1,
    );
    const callers = boxes.map((row) => {
      const [pc, callerPc] = sites[row.site]!;
      return [pc, callerPc].map((at) => recorded.program.functionAt(Number(at))?.name);
    });
    const byAllocate = callers.filter((names) => names.includes('main.allocate'));
    expect(byAllocate).toHaveLength(ALLOCATIONS);
    expect(boxes.every((row) => row.type > 0)).toBe(true);
  });

  kernelTest('collections begin and end as often as they were asked for', () => {
    expect(said.collections).toBe(COLLECTIONS);
    expect(rowsOf(recorded, 'gc_begin')).toHaveLength(COLLECTIONS);
    expect(rowsOf(recorded, 'gc_end')).toHaveLength(COLLECTIONS);
    const begun = rowsOf(recorded, 'stw_begin').map((row) => row.kind);
    expect(rowsOf(recorded, 'stw_end').map((row) => row.kind)).toEqual(begun);
  });

  kernelTest('system calls are entered and left', () => {
    const main = stateChanges(recorded).filter((row) => row.goid === 1);
    const entered = main.filter((row) => row.to_state === SYSCALL).length;
    const left = main.filter((row) => row.from_state === SYSCALL).length;
    expect(entered).toBeGreaterThanOrEqual(200);
    // os.Exit does not return.
    expect(entered - left).toBeGreaterThanOrEqual(0);
    expect(entered - left).toBeLessThanOrEqual(1);
  });

  kernelTest('rows of a block are in the order of time, and states follow each other', () => {
    const unordered = recorded.blocks.filter(({ firstRow, rows }) =>
      recorded.rows
        .slice(firstRow, firstRow + rows)
        .some((row, i, block) => i > 0 && row.time_ns < block[i - 1]!.time_ns),
    );
    expect(unordered).toEqual([]);
    expect(brokenChains(recorded)).toEqual([]);
  });

  kernelTest('a thread is told once, with where its first hit was', () => {
    const words = recorded.blocks.flatMap(({ threads }) => [...threads].map(Number));
    const tids = words.filter((_, i) => i % 4 === 1);
    expect(new Set(tids).size).toBe(tids.length);
    expect(new Set(recorded.rows.map((row) => row.tid))).toEqual(new Set(tids));
    for (let i = 0; i < words.length; i += 4) {
      expect(words[i]).toBe(recorded.pid);
      const site = recorded.plan.sites[words[i + 3]!];
      if (site) expect(words[i + 2]).toBe(site.address);
    }
  });
});

kernelTest('nothing is lost while the thread of JavaScript stands still', async () => {
  const allocations = 400_000;
  const path = buildGoProgram('test/native/testdata/workload');
  const recorded = await recordProgram(path, ['counts', '1', String(allocations), '1'], {
    // Room for 262,144 events: too few for all, enough for a drain thread that has to wait itself.
    open: { ringBytes: 1 << 24, blockRows: 65_536, blockCount: 16 },
    pollMs: 50,
    asleepMs: 1000,
  });
  expect([...recorded.stats.lost]).toEqual([0n, 0n, 0n, 0n, 0n, 0n]);
  expect(rowsOf(recorded, 'alloc').length).toBeGreaterThanOrEqual(allocations);
});

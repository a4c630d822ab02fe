/** The recorder under pressure, at its borders, and misused. */
import { spawn } from 'node:child_process';
import { afterAll, describe, expect } from 'vitest';
import { EVENTS, LOSS_CAUSES, STATES } from '../../src/format/event-columns.ts';
import { openGoProgram, planProbes } from '../../src/golang/index.ts';
import { BLOCK_BYTES } from '../../src/record/direct-writer.ts';
import { openExecutable } from '../../src/record/executable-file.ts';
import {
  loadNative,
  SITE_USE,
  type NativeRecorder,
  type OpenOptions,
} from '../../src/record/native.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from '../kernel/go-program.ts';
import { checkpointRows, openOptions, recordProgram, type Recorded } from './record-program.ts';

const PATH = buildGoProgram('test/native/testdata/workload');
const native = loadNative();
const plan = planProbes(openGoProgram(openExecutable(PATH)), ['sched', 'alloc', 'gc']);
const opened: NativeRecorder[] = [];
afterAll(() => opened.forEach((recorder) => recorder.close()));

function open(options: Partial<OpenOptions> = {}): NativeRecorder {
  const recorder = native.open({ ...openOptions(plan, process.pid), ...options });
  opened.push(recorder);
  return recorder;
}

describe('too small a ring', () => {
  kernelTest('loses events, and counts each', async () => {
    const args = ['counts', '0', '50000', '0'];
    const options = { groups: ['alloc' as const] };
    const whole = await recordProgram(PATH, args, options);
    // One block that is never given back: after it nothing is drained.
    const starved = await recordProgram(PATH, args, {
      ...options,
      release: false,
      open: { ringBytes: 4096, blockRows: 100, blockCount: 1 },
    });
    expect([...whole.stats.lost]).toEqual(LOSS_CAUSES.map(() => 0n));
    expect(starved.rows).toHaveLength(100);
    const lost = Number(starved.stats.lost[LOSS_CAUSES.indexOf('ring_full')]);
    const inRing = starved.stats.ringUsedBytes;
    expect(inRing).toBe(0); // closed
    // Runs differ by a few allocations of the runtime; 4096 bytes hold 64 events.
    expect(Math.abs(whole.rows.length - (100 + lost + 64))).toBeLessThan(60);
  });

  kernelTest('gives each loss to one block', async () => {
    const recorded = await recordProgram(PATH, ['counts', '0', '50000', '0'], {
      groups: ['alloc'],
      open: { ringBytes: 4096, blockRows: 64, blockCount: 2 },
    });
    const byBlocks = recorded.blocks.reduce((sum, block) => sum + block.lost[0]!, 0n);
    expect(byBlocks).toBeGreaterThan(0n);
    expect(byBlocks).toBeLessThanOrEqual(recorded.stats.lost[0]!);
  });
});

describe('checkpoints', () => {
  /** The goroutines alive before a row, from the rows alone. */
  function aliveBefore(recorded: Recorded, row: number): Map<number, number> {
    const alive = new Map<number, number>();
    for (const { event, goid, to_state } of recorded.rows.slice(0, row)) {
      if (event === EVENTS.indexOf('go_exit')) alive.delete(goid);
      else if (to_state !== 0) alive.set(goid, to_state);
    }
    return alive;
  }

  kernelTest('hold the goroutines alive at the first row of their block', async () => {
    const recorded = await recordProgram(PATH, ['counts', '2000', '10', '1'], {
      groups: ['sched'],
      open: { blockRows: 256, blockCount: 8 },
    });
    const wrong = recorded.blocks.filter(({ checkpoint, firstRow, aliveCount }) => {
      const alive = aliveBefore(recorded, firstRow);
      if (alive.size !== aliveCount) return true;
      if (!checkpoint) return false;
      const rows = checkpointRows(checkpoint);
      return (
        rows.size !== alive.size || [...rows].some(([goid, { state }]) => alive.get(goid) !== state)
      );
    });
    expect(wrong).toEqual([]);
    const most = Math.max(...recorded.blocks.map(({ aliveCount }) => aliveCount));
    // Far more than the runtime's own; how many more depends on who runs first.
    expect(most).toBeGreaterThan(20);
    expect(recorded.blocks[0]!.checkpoint?.count).toBe(0);
  });

  kernelTest('are left out while fewer events than goroutines passed', async () => {
    const recorded = await recordProgram(PATH, ['hold', '2000'], {
      groups: ['sched'],
      open: { blockRows: 256, blockCount: 8 },
    });
    let since = 0;
    const due = recorded.blocks.map(({ checkpoint, aliveCount, rows }, i) => {
      const expected = i === 0 || since >= aliveCount;
      since = checkpoint ? rows : since + rows;
      return [expected, checkpoint !== undefined];
    });
    expect(due.filter(([expected, is]) => expected !== is)).toEqual([]);
    expect(due.some(([expected]) => !expected)).toBe(true);
  });

  kernelTest('begin with the goroutines that were made known', () => {
    const recorder = open();
    const words = new BigUint64Array([0x401000n, 0n, BigInt(SITE_USE.start)]);
    const [site] = recorder.internSites(new BigUint64Array([...words, ...words]));
    expect([...recorder.internSites(words)]).toEqual([site]);
    expect(recorder.takeNewSites()).toEqual(words);
    expect(recorder.takeNewSites()).toHaveLength(0);
    recorder.addGoroutines({
      count: 1,
      goid: new BigInt64Array([7n]),
      parentGoid: new BigInt64Array([1n]),
      sinceNs: new BigInt64Array([-1n]),
      createdNs: new BigInt64Array([-1n]),
      pid: new Int32Array([1]),
      startSite: new Int32Array([site!]),
      state: new Int8Array([STATES.indexOf('waiting')]),
      waitReason: new Int8Array([2]),
    });
    expect(recorder.takeBlock(true)).toBeUndefined();
  });
});

kernelTest('a block is a whole number of what direct writes go by', () => {
  // 1000 rows of the narrowest column are none.
  const { buffers } = open({ blockRows: 1000, blockCount: 3 });
  expect(buffers.map(({ byteLength }) => byteLength % BLOCK_BYTES)).toEqual([0, 0, 0]);
});

describe('names', () => {
  kernelTest('stand in the rows of what was named, numbers in the others', async () => {
    const { rows, blocks } = await recordProgram(PATH, ['work', '50', '50', '1'], {
      prepare: (recorder) => {
        recorder.addNames({
          siteCount: 1,
          func: new Int32Array([1041]),
          site: new Int32Array([1042]),
          kind: new Int8Array([3]),
          typeCount: 1,
          type: new Int32Array([1043]),
        });
      },
    });
    expect(blocks[0]!.hasUnnamed).toBe(true);
    // Names are positive, which the rows here show as negative numbers.
    const named = rows.filter(({ func, site }) => func === -1041 || site === -1042);
    expect(named.length).toBeGreaterThan(0);
    expect(rows.filter(({ type }) => type === -1043).length).toBeGreaterThan(0);
    expect(rows.filter(({ func, site, type }) => [func, site, type].includes(1))).toEqual([]);
    expect(rows.filter(({ site }) => site === 2).length).toBeGreaterThan(0);
  });
});

describe('a running process', () => {
  kernelTest.for([false, true])(
    'can be attached to and let go of, perf events %s',
    async (perfEvents) => {
      const target = spawn(PATH, ['hold', '50'], { stdio: ['pipe', 'pipe', 'inherit'] });
      await new Promise((resolve) => target.stdout.once('data', resolve));
      const recorder = open({ follow: { mode: 0, pids: [target.pid!] }, perfEvents });
      recorder.attach(`/proc/${target.pid!}/exe`, plan.sites);
      recorder.start(2, () => undefined);
      const exited = new Promise<number | null>((resolve) => target.once('exit', resolve));
      target.stdin.end();
      expect(await exited).toBe(0);
      recorder.detach();
      const block = recorder.takeBlock(true);
      // Each goroutine is woken, runs and ends.
      expect(block?.eventCounts[EVENTS.indexOf('go_exit')]).toBe(50);
      recorder.close();
    },
  );

  kernelTest('that is another one sends nothing', async () => {
    const target = spawn(PATH, ['hold', '5'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => target.stdout.once('data', resolve));
    const recorder = open({ follow: { mode: 0, pids: [process.pid] } });
    recorder.attach(`/proc/${target.pid!}/exe`, plan.sites);
    const exited = new Promise((resolve) => target.once('exit', resolve));
    target.stdin.end();
    await exited;
    expect(recorder.takeBlock(true)).toBeUndefined();
    expect(recorder.stats().events).toBe(0n);
  });
});

describe('misuse', () => {
  kernelTest.for<[what: string, options: Record<string, unknown>, error: object]>([
    ['no such object', { objectPath: '/no/such.bpf.o' }, { code: 'ENOENT' }],
    [
      'an object that is none',
      { objectPath: '/etc/passwd' },
      { syscall: 'open of the BPF object' },
    ],
    ['a ring of no power of two', { ringBytes: 12288 }, { name: 'RangeError' }],
    [
      'offsets too far apart',
      { offsets: { ...plan.offsets, gStartpc: 4000 } },
      { name: 'RangeError' },
    ],
    [
      'offsets in the wrong order',
      { offsets: { ...plan.offsets, gM: 300 } },
      { name: 'RangeError' },
    ],
    [
      'an offset that is no number',
      { offsets: { ...plan.offsets, gM: '48' } },
      { name: 'TypeError' },
    ],
    ['a number for a bigint', { startMonoNs: 1 }, { name: 'TypeError' }],
    ['too many rows', { blockRows: 2 ** 30 }, { name: 'TypeError' }],
  ])('%s is refused', ([, options, error]) => {
    expect(() => open(options as Partial<OpenOptions>)).toThrow(
      expect.objectContaining(error) as Error,
    );
  });

  kernelTest.for<[what: string, act: (recorder: NativeRecorder) => unknown, error: object]>([
    ['attach to no file', (r) => r.attach('/no/such/file', plan.sites), { code: 'ENOENT' }],
    [
      'attach to what is no site',
      (r) => r.attach(PATH, [{ fileOffset: -1, action: 1, stackCheck: false }]),
      { name: 'TypeError' },
    ],
    ['release what was not taken', (r) => r.releaseBlock(0), { code: 'ERR_NOT_TAKEN' }],
    ['release what is not there', (r) => r.releaseBlock(1000), { code: 'ERR_NOT_TAKEN' }],
    [
      'start twice',
      (r) => {
        r.start(5, () => undefined);
        r.start(5, () => undefined);
      },
      { code: 'ERR_STARTED' },
    ],
    ['poll never', (r) => r.start(0, () => undefined), { name: 'TypeError' }],
    [
      'take after close',
      (r) => {
        r.close();
        r.takeBlock(true);
      },
      { code: 'ERR_CLOSED' },
    ],
    [
      'a method of another object',
      (r) => (Object.create(r) as NativeRecorder).stats(),
      { name: 'TypeError' },
    ],
  ])('%s is refused', ([, act, error]) => {
    expect(() => act(open())).toThrow(expect.objectContaining(error) as Error);
  });

  kernelTest('close and detach may be called again', () => {
    const recorder = open();
    recorder.start(5, () => undefined);
    recorder.close();
    recorder.close();
    recorder.detach();
    expect(recorder.stats()).toMatchObject({ events: 0n, busyBlocks: 0 });
  });
});

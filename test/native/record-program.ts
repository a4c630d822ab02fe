/** Records a Go program with the addon alone: no names, no file, rows as they are drained. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ALLOC_KINDS,
  EVENT_COLUMNS,
  EVENTS,
  type EventColumn,
} from '../../src/format/event-columns.ts';
import {
  openGoProgram,
  planProbes,
  type GoProgram,
  type ProbePlan,
} from '../../src/golang/index.ts';
import { chooseSite } from '../../src/golang/choose-site.ts';
import { machineOf } from '../../src/golang/machine-of.ts';
import { EVENT_CONSTANTS } from '../../src/record/event-layout.ts';
import { openExecutable } from '../../src/record/executable-file.ts';
import { stackChecks } from '../../src/record/session-setup.ts';
import {
  loadNative,
  type Block,
  type GoroutineArrays,
  type NativeRecorder,
  type OpenOptions,
  type ProbeSite,
  type RecorderStats,
} from '../../src/record/native.ts';

export const OBJECT_PATH = new URL('../../bpf/record.bpf.o', import.meta.url).pathname;

/** One event; int64 as number, which is exact for what tests do. Places and types by number: nobody names them. */
export type Row = Record<EventColumn, number>;

export interface Recorded {
  program: GoProgram;
  plan: ProbePlan;
  pid: number;
  method: string;
  /** What the program wrote to stdout. */
  stdout: string;
  exit: { exitCode: number } | { signal: number };
  rows: Row[];
  /** Blocks without their columns; `firstRow` is the index of their first row in `rows`. */
  blocks: (Block & { firstRow: number; minTimeNs: number })[];
  stats: RecorderStats;
}

export interface RecordOptions {
  groups?: ('sched' | 'alloc' | 'gc')[];
  /** Blocks are released after they were read; otherwise never. */
  release?: boolean;
  open?: Partial<OpenOptions>;
  /** How often the ring is looked at. */
  pollMs?: number;
  /** So long after the program's start nobody takes a block. */
  asleepMs?: number;
  /** Before the first event. */
  prepare?: (recorder: NativeRecorder) => void;
}

/** Options for `open` that suit a program. */
export function openOptions(plan: ProbePlan, tgid: number): OpenOptions {
  return {
    objectPath: OBJECT_PATH,
    follow: { mode: EVENT_CONSTANTS.FOLLOW_LISTED, pids: [tgid] },
    offsets: plan.offsets,
    ringBytes: 1 << 22,
    blockRows: 4096,
    blockCount: 8,
    startMonoNs: loadNative().monotonicNs(),
    pretendedReasons: plan.pretendedReasons,
    knownReasons: plan.knownReasons,
    casTellsSyscalls: plan.casTellsSyscalls,
    tracksRunning: plan.tracksRunning,
    createFromCas: plan.createFromCas,
    createParkedFromCas: plan.createParkedFromCas,
    stackChecks: stackChecks(plan.sites),
    stwKindBase: ALLOC_KINDS.length,
    stopsHaveNoReason: !plan.stwBeginHasReason,
    preemptedReason: plan.waitReasons.indexOf('preempted'),
  };
}

/** Where a goroutine stops for the collector. */
function preemptParkSite(program: GoProgram): ProbeSite {
  const fn = program.functionNamed('runtime.preemptPark')!;
  const { instruction, stackCheck } = chooseSite(program, machineOf(program.arch), fn, 1)!;
  const fileOffset = program.fileOffsetOf(instruction.address)!;
  return { fileOffset, action: EVENT_CONSTANTS.PROBE_PREEMPT_PARK, stackCheck };
}

/** Start a Go program under probes and record it to its end. */
export async function recordProgram(
  path: string,
  args: readonly string[],
  {
    groups = ['sched', 'alloc', 'gc'],
    release = true,
    open = {},
    pollMs = 2,
    asleepMs = 0,
    prepare,
  }: RecordOptions = {},
): Promise<Recorded> {
  const native = loadNative();
  const program = openGoProgram(openExecutable(path));
  const plan = planProbes(program, groups);
  const output = join(mkdtempSync(join(tmpdir(), 'xgotop-native-')), 'stdout');
  const child = native.spawnStopped({
    file: '/bin/sh',
    args: ['sh', '-c', 'exec "$0" "$@" < /dev/null > "$OUTPUT"', path, ...args],
    env: [`OUTPUT=${output}`, 'PATH=/bin:/usr/bin'],
    cwd: '/',
  });
  const isPlanned = plan.sites.some(({ action }) => action === EVENT_CONSTANTS.PROBE_PREEMPT_PARK);
  const sites = groups.includes('sched') && !isPlanned ? [preemptParkSite(program)] : [];
  const recorder = native.open({ ...openOptions(plan, child.pid), ...open });
  const taken = new TakenBlocks(recorder, open.blockRows ?? 4096, release);
  const { method } = recorder.attach(path, [...plan.sites, ...sites]);
  prepare?.(recorder);
  recorder.start(pollMs, () => taken.takeFull());
  child.release();
  if (asleepMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, asleepMs);
  let exit = native.reap(child.pid);
  while (exit === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    taken.takeFull();
    exit = native.reap(child.pid);
  }
  recorder.detach();
  taken.takeAll();
  recorder.close();
  return {
    program,
    plan,
    pid: child.pid,
    method,
    stdout: readFileSync(output, 'utf8'),
    exit,
    rows: taken.rows,
    blocks: taken.blocks,
    stats: recorder.stats(),
  };
}

/** Reads blocks as they come and keeps their rows. */
class TakenBlocks {
  readonly rows: Row[] = [];
  readonly blocks: (Block & { firstRow: number; minTimeNs: number })[] = [];
  readonly #recorder: NativeRecorder;
  readonly #blockRows: number;
  readonly #release: boolean;

  constructor(recorder: NativeRecorder, blockRows: number, release: boolean) {
    this.#recorder = recorder;
    this.#blockRows = blockRows;
    this.#release = release;
  }

  takeFull(): void {
    while (this.#take(false));
  }

  takeAll(): void {
    while (this.#take(true));
  }

  #take(partial: boolean): boolean {
    const block = this.#recorder.takeBlock(partial);
    if (block === undefined) return false;
    this.blocks.push({ ...block, firstRow: this.rows.length, minTimeNs: Number(block.minNs) });
    this.#readRows(block);
    if (this.#release) this.#recorder.releaseBlock(block.index);
    return true;
  }

  #readRows(block: Block): void {
    const buffer = this.#recorder.buffers[block.index]!;
    const columns = Object.entries(EVENT_COLUMNS).map(([name, type]) => {
      const offset = this.#recorder.columnOffsets[name]!;
      const View = { int64: BigInt64Array, int32: Int32Array, dict32: Int32Array, int16: Int16Array, dict8: Int8Array }[type]; // prettier-ignore
      return [name, new View(buffer, offset, this.#blockRows)] as const;
    });
    for (let row = 0; row < block.rows; row++) {
      this.rows.push(
        Object.fromEntries(
          columns.map(([name, array]) => [name, numberOf(name, Number(array[row]))]),
        ) as Row,
      );
    }
  }
}

/** What has no name stands as the negative of its number. */
function numberOf(column: string, value: number): number {
  return ['func', 'site', 'type'].includes(column) ? 0 - value : value;
}

/** Rows of one event. */
export function rowsOf(recorded: Recorded, event: (typeof EVENTS)[number]): Row[] {
  const index = EVENTS.indexOf(event);
  return recorded.rows.filter((row) => row.event === index);
}

/** Site number to what it stands for: pc, caller's pc, SITE_USE. */
export function sitesOf(recorded: Recorded): [pc: bigint, callerPc: bigint, use: number][] {
  const words = recorded.blocks.flatMap(({ newSites }) => [...newSites]);
  const sites: [bigint, bigint, number][] = [[0n, 0n, 0]];
  for (let i = 0; i < words.length; i += 3) {
    sites.push([words[i]!, words[i + 1]!, Number(words[i + 2]!)]);
  }
  return sites;
}

/** A goroutine of a checkpoint by its number. */
export function checkpointRows(arrays: GoroutineArrays) {
  return new Map(
    Array.from({ length: arrays.count }, (_, i) => [
      Number(arrays.goid[i]!),
      { state: arrays.state[i]!, createdNs: Number(arrays.createdNs[i]!) },
    ]),
  );
}

/**
 * One recording from its first probe to its last byte: the recorder's main path.
 *
 * Open the addon, attach, write what is known, then turn every drained block into a chunk until
 * somebody stops it: a signal, the end of the program, or time. Nothing is printed here.
 */
import { hostname, release } from 'node:os';
import { LOSS_CAUSES, type LossCause } from '../format/event-columns.ts';
import { UserError } from '../format/errors.ts';
import type { MetricRow } from '../format/recording.ts';
import { RecordingWriter } from '../format/recording-writer.ts';
import { findAllgs } from '../golang/index.ts';
import { BlockEncoder, byCause } from './block-encoder.ts';
import { takeCensus } from './census.ts';
import { cookieOperands } from './cookie-operands.ts';
import type { EventGroup } from './event-groups.ts';
import type { GoTarget } from './go-target.ts';
import { NameResolver } from './name-resolver.ts';
import type { Native, NativeRecorder, StoppedChild } from './native.ts';
import { encodeOlderGoroutines } from './older-goroutines.ts';
import type { OutputFile } from './output-file.ts';
import { loadBias, processState, processUsage } from './process-facts.ts';
import {
  asUserError,
  BLOCK_ROWS,
  hasObjects,
  openRecorder,
  probeRows,
  spawnStopped,
} from './session-setup.ts';

export interface SessionOptions {
  target: GoTarget;
  groups: readonly EventGroup[];
  /** Version of xgotop, for the file. */
  version: string;
  output: OutputFile;
  /** A chunk is sealed at least this often. */
  chunkMs: number;
  ringBytes: number;
  /** Path of bpf/record.bpf.o. */
  objectPath: string;
  /** Is given every piece of the file in order; must copy what it keeps. */
  onBytes?: (pieces: readonly Uint8Array[]) => void;
}

/** Why a recording ended; docs/format.md, part `end`. */
export type EndReason = 'signal' | 'duration' | 'exit' | 'error';

export interface SessionStatus {
  elapsedNs: number;
  events: number;
  lost: Record<LossCause, number>;
  fileBytes: number;
  /** CPU time since the start; the target's is 0 when it has ended before it could be read. */
  targetCpuNs: number;
  recorderCpuNs: number;
}

export interface Summary extends SessionStatus {
  reason: EndReason;
  exitCode: number | undefined;
  exitSignal: number | undefined;
}

/** The ring holds 40 ms at the highest rate of two CPUs even when polled this rarely. */
const POLL_MS = 5;
const METRIC_MS = 1000;
const EXIT_POLL_MS = 20;

interface EndWith {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class RecordingSession {
  readonly pid: number;
  readonly method: string;
  /** Fulfilled when the target has ended, rejected when the recording cannot go on. */
  readonly ended: Promise<void>;

  readonly #native: Native;
  readonly #recorder: NativeRecorder;
  readonly #child: StoppedChild | undefined;
  readonly #options: SessionOptions;
  readonly #writer: RecordingWriter;
  readonly #encoder: BlockEncoder;
  readonly #startMonoNs: bigint;
  readonly #startCpu = process.cpuUsage();
  readonly #startTargetCpuNs: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #resolver: NameResolver | undefined;
  #bias: number | undefined;
  #targetCpuNs = 0;
  #targetRssBytes = 0;
  #nextMetricNs = METRIC_MS * 1e6;
  #exit: { exitCode?: number; signal?: number } = {};
  readonly #endWith: EndWith;

  /**
   * Attach and begin to record.
   *
   * @throws UserError when the kernel or the process does not let us; nothing is left attached
   */
  constructor(native: Native, options: SessionOptions) {
    this.#native = native;
    this.#options = options;
    const { target } = options;
    this.#child = target.process ? undefined : spawnStopped(native, target);
    this.pid = target.process?.pid ?? this.#child!.pid;
    let endWith: EndWith | undefined;
    this.ended = new Promise((resolve, reject) => (endWith = { resolve, reject }));
    this.#endWith = endWith!;
    this.ended.catch(() => undefined); // whoever stops the session sees it there

    try {
      this.#recorder = openRecorder(native, this.pid, options);
    } catch (error) {
      this.#abandonChild();
      throw error;
    }
    try {
      // Time begins when something can happen: with the first probe in a process that runs,
      // after the last one in a child that waits.
      let start = now(native);
      this.method = this.#attach();
      if (this.#child) start = now(native);
      this.#startMonoNs = start.monoNs;
      this.#recorder.setStart(start.monoNs);
      this.#startTargetCpuNs = processUsage(this.pid)?.cpuNs ?? 0;
      this.#writer = new RecordingWriter(
        {
          version: options.version,
          program: target.process?.program ?? target.path,
          command: [...target.command],
          comm: target.process?.comm ?? target.path.split('/').at(-1)!.slice(0, 15),
          pid: this.pid,
          goVersion: target.program.goVersion,
          arch: target.program.arch,
          host: hostname(),
          kernel: release(),
          startUnixNs: start.unixNs,
          startMonoNs: start.monoNs,
          groups: [...options.groups],
          launched: this.#child !== undefined,
          offsets: target.plan.offsetsSource,
        },
        { wait_reason: target.plan.waitReasons },
        hasObjects(target.plan.sites) ? ['object', 'value'] : [],
      );
      this.#encoder = new BlockEncoder(this.#writer, this.#recorder, BLOCK_ROWS);
      this.#write(this.#writer.begin());
      this.#write(this.#writer.part('probes', probeRows(target)));
      if (target.process) this.#addOlderGoroutines();
      this.#recorder.start(POLL_MS, () => this.#pump(false));
      this.#child?.release();
    } catch (error) {
      this.#recorder.close();
      this.#abandonChild();
      throw asUserError(error, target);
    }
    this.#timers.push(
      setInterval(() => this.#pump(true), options.chunkMs),
      setInterval(() => this.#watchTarget(), EXIT_POLL_MS),
    );
  }

  status(): SessionStatus {
    const stats = this.#recorder.stats();
    const { user, system } = process.cpuUsage(this.#startCpu);
    const usage = processUsage(this.pid);
    if (usage) {
      this.#targetCpuNs = usage.cpuNs - this.#startTargetCpuNs;
      this.#targetRssBytes = usage.rssBytes;
    }
    return {
      elapsedNs: Number(this.#native.monotonicNs() - this.#startMonoNs),
      events: Number(stats.events),
      lost: byCause(stats.lost),
      fileBytes: this.#options.output.byteLength,
      targetCpuNs: this.#targetCpuNs,
      recorderCpuNs: (user + system) * 1000,
    };
  }

  /**
   * Detach, write what is left, and close the file.
   *
   * @throws UserError when the file could not be written to its end
   */
  async stop(reason: EndReason): Promise<Summary> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#recorder.detach();
    const status = this.status();
    try {
      // The ring may hold more than one block, and a block needs a free buffer: take and write
      // until nothing is left.
      while (this.#encodeBlocks(true) > 0) await this.#options.output.append([]);
      const { lost } = this.#recorder.stats();
      this.#write(this.#encoder.encodeLateLoss(lost, status.elapsedNs));
      this.#write(this.#writer.end(this.#endFacts(reason, status.elapsedNs)));
      await this.#options.output.close();
    } finally {
      this.#recorder.close();
    }
    const final = this.#recorder.stats();
    return {
      ...status,
      events: Number(final.events),
      lost: byCause(final.lost),
      fileBytes: this.#options.output.byteLength,
      reason,
      exitCode: this.#exit.exitCode,
      exitSignal: this.#exit.signal,
    };
  }

  #attach(): string {
    const { target } = this.#options;
    const { sites: planned, mallocgc } = target.plan;
    const sites = planned.map((site) => ({
      fileOffset: site.fileOffset,
      action: site.action,
      stackCheck: site.stackCheck,
      cookieOperands: cookieOperands(site, mallocgc),
    }));
    return this.#recorder.attach(target.path, sites).method;
  }

  /** Encode what there is now, from a timer or a signal of the addon. */
  #pump(partial: boolean): void {
    try {
      this.#encodeBlocks(partial);
    } catch (error) {
      this.#endWith.reject(error);
    }
  }

  /**
   * Encode all full blocks, with `partial` also one that is not full.
   *
   * @returns blocks taken
   */
  #encodeBlocks(partial: boolean): number {
    for (let taken = 0; ; taken++) {
      const block = this.#recorder.takeBlock(partial);
      if (block === undefined) return taken;
      this.#learnBias(block.threads);
      const pieces = this.#encoder.encode(block, this.#names(), this.#dueMetrics());
      this.#options.onBytes?.(pieces);
      this.#options.output
        .append(pieces)
        .then(() => this.#recorder.releaseBlock(block.index))
        .catch((error: unknown) => this.#endWith.reject(error));
      // What came meanwhile is left to the next call, or this would go on for ever.
      if (block.rows < BLOCK_ROWS) return taken + 1;
    }
  }

  #write(pieces: Uint8Array[]): void {
    this.#options.onBytes?.(pieces);
    this.#options.output.append(pieces).catch((error: unknown) => this.#endWith.reject(error));
  }

  /** The first hit of a thread says where the executable was loaded: its instruction pointer. */
  #learnBias(threads: BigUint64Array): void {
    if (this.#bias !== undefined || threads.length < 4) return;
    const site = this.#options.target.plan.sites[Number(threads[3])];
    if (site) this.#bias = Number(threads[2]) - site.address;
  }

  #names(): NameResolver {
    this.#resolver ??= new NameResolver(
      this.#options.target.program,
      this.#writer,
      this.#bias ?? 0,
    );
    return this.#resolver;
  }

  #addOlderGoroutines(): void {
    const { program, plan } = this.#options.target;
    const { textStart } = program;
    this.#bias = loadBias(this.pid, program.fileOffsetOf(textStart) ?? 0, textStart);
    if (this.#bias === undefined) {
      throw new UserError(`process ${this.pid} has ended or runs another program now`);
    }
    const allgs = findAllgs(program);
    if (allgs === undefined) return;
    const address = BigInt(allgs + this.#bias);
    const census = takeCensus(this.#native, this.pid, address, plan.offsets);
    this.#write(
      encodeOlderGoroutines(census, this.pid, this.#recorder, this.#names(), this.#writer),
    );
  }

  #dueMetrics(): MetricRow[] {
    // Asked for every block: the whole status, which reads /proc, only when it is due.
    if (Number(this.#native.monotonicNs() - this.#startMonoNs) < this.#nextMetricNs) return [];
    const { elapsedNs, events, lost, fileBytes, targetCpuNs, recorderCpuNs } = this.status();
    this.#nextMetricNs = elapsedNs + METRIC_MS * 1e6;
    return [
      {
        timeNs: elapsedNs,
        events,
        lost: LOSS_CAUSES.reduce((sum, cause) => sum + lost[cause], 0),
        recorderCpuNs,
        targetCpuNs,
        targetRssBytes: this.#targetRssBytes,
        fileBytes,
      },
    ];
  }

  #watchTarget(): void {
    if (this.#child) {
      const exit = this.#native.reap(this.pid);
      if (exit === undefined) return;
      this.#exit = exit;
    } else {
      const state = processState(this.pid);
      if (state !== undefined && state !== 'Z' && state !== 'X') return;
    }
    this.#endWith.resolve();
  }

  #endFacts(reason: EndReason, elapsedNs: number): Record<string, string> {
    const { exitCode, signal } = this.#exit;
    return {
      ended_ns: String(elapsedNs),
      reason,
      ...(exitCode === undefined ? {} : { exit_code: String(exitCode) }),
      ...(signal === undefined ? {} : { exit_signal: String(signal) }),
    };
  }

  /** A child that never ran must not stay behind. */
  #abandonChild(): void {
    if (this.#child) {
      this.#native.kill(this.#child.pid, 9);
      this.#native.reap(this.#child.pid);
    }
  }
}

/** Both clocks at once. */
function now(native: Native): { monoNs: bigint; unixNs: bigint } {
  const monoNs = native.monotonicNs();
  const unixNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  return { monoNs, unixNs };
}

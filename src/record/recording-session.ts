/**
 * One recording from its first probe to its last byte: the recorder's main path.
 *
 * Open the addon, attach, write what is known, then turn every drained block into a chunk until
 * somebody stops it: a signal, the end of the program, or time. Nothing is printed here.
 */
import { crc32 } from 'node:zlib';
import type { LossCause } from '../format/event-columns.ts';
import { lostEvents } from '../format/lost-events.ts';
import type { MetricRow } from '../format/recording.ts';
import { RecordingWriter } from '../format/recording-writer.ts';
import type { Compress } from '../format/zstd.ts';
import { attachProbes, highestGoid, takeRunning } from './attach-processes.ts';
import { BlockEncoder, byCause } from './block-encoder.ts';
import { chooseColumns } from './choose-columns.ts';
import type { EventGroup } from './event-groups.ts';
import { fileIdentity } from './find-processes.ts';
import { FollowedProcesses } from './followed-processes.ts';
import type { GoTarget } from './go-target.ts';
import { NameResolver } from './name-resolver.ts';
import { NarrowNames } from './narrow-names.ts';
import { tellingEvents, type StackDepths } from './stack-options.ts';
import { StackResolver } from './stack-resolver.ts';
import { LaunchedChild } from './launched-child.ts';
import type { Native, NativeRecorder } from './native.ts';
import { encodeOlderGoroutines } from './older-goroutines.ts';
import type { OutputFile } from './output-file.ts';
import { ProfilerLabels } from './profiler-labels.ts';
import { uptimeS } from './process-facts.ts';
import { commOf, now, recordingMeta, unreadMemory } from './session-facts.ts';
import { asUserError, BLOCK_COUNT, BLOCK_ROWS, openRecorder, probeRows } from './session-setup.ts';

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
  /** Of which groups stacks are recorded, and how deep. */
  stacks: StackDepths;
  /** Compresses them. Default: they are not compressed. */
  compressStacks?: Compress | undefined;
  /** Each chunk says its checksum. */
  hasCrc?: boolean | undefined;
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
  /** CPU time since the start, of all processes; of one that ended as it was last read. */
  targetCpuNs: number;
  recorderCpuNs: number;
  /** `expected` executed the file anew and met no probe since. */
  processes: { running: number; all: number; expected: number };
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
/** Ends are told by the kernel; this is for those that it could not tell. */
const LOOK_MS = 200;

interface EndWith {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class RecordingSession {
  /** The first process; 0 when none runs yet. */
  readonly pid: number;
  readonly method: string;
  /** What the recording has not that others have, one sentence each. */
  readonly warnings: readonly string[];
  /** Fulfilled when the target has ended, rejected when the recording cannot go on. */
  readonly ended: Promise<void>;

  readonly #native: Native;
  readonly #recorder: NativeRecorder;
  readonly #child: LaunchedChild | undefined;
  readonly #options: SessionOptions;
  readonly #writer: RecordingWriter;
  readonly #encoder: BlockEncoder;
  readonly #startMonoNs: bigint;
  readonly #startCpu = process.cpuUsage();
  readonly #processes: FollowedProcesses;
  readonly #timers: NodeJS.Timeout[] = [];
  #resolver: NameResolver | undefined;
  #stackResolver: StackResolver | undefined;
  readonly #labels: ProfilerLabels;
  #nextMetricNs = METRIC_MS * 1e6;
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
    const { who } = target.follow;
    this.#child = who === 'launched' ? new LaunchedChild(native, target) : undefined;
    this.pid = this.#child?.pid ?? target.process?.pid ?? 0;
    this.#labels = new ProfilerLabels(native, target.program.goMinor);
    this.#processes = new FollowedProcesses(fileIdentity(target.path));
    let endWith: EndWith | undefined;
    this.ended = new Promise((resolve, reject) => (endWith = { resolve, reject }));
    this.#endWith = endWith!;
    this.ended.catch(() => undefined); // whoever stops the session sees it there

    const columns = chooseColumns(target, options.stacks, highestGoid(native, target));
    try {
      this.#recorder = openRecorder(native, this.#named(), { ...options, columns });
    } catch (error) {
      this.#child?.abandon();
      throw error;
    }
    try {
      // Time, and recording, begin when all probes are there.
      this.method = attachProbes(this.#recorder, target, options.stacks);
      const start = now(native);
      this.#startMonoNs = start.monoNs;
      this.#recorder.setStart(start.monoNs);
      const attachedAtS = uptimeS();
      this.#writer = new RecordingWriter(
        recordingMeta(options, start, this.pid),
        { wait_reason: target.plan.waitReasons },
        {
          columns,
          compressStacks: options.compressStacks,
          crc32: options.hasCrc ? crc32 : undefined,
        },
      );
      const narrow = new NarrowNames(columns, BLOCK_COUNT, BLOCK_ROWS);
      this.#encoder = new BlockEncoder({
        writer: this.#writer,
        recorder: this.#recorder,
        labels: this.#labels,
        columns,
        narrow,
        blockRows: BLOCK_ROWS,
        pid: this.pid,
      });
      const { buffers } = this.#recorder;
      options.output.addBuffersOnPages(narrow.buffer ? [...buffers, narrow.buffer] : buffers);
      this.#write(this.#writer.begin());
      this.#write(this.#writer.part('probes', probeRows(target)));
      this.warnings = this.#addRunning(attachedAtS);
      this.#recorder.start(POLL_MS, () => this.#pump(false));
      this.#child?.release();
    } catch (error) {
      this.#recorder.close();
      this.#child?.abandon();
      throw asUserError(error, target);
    }
    this.#timers.push(
      setInterval(() => this.#pump(true), options.chunkMs),
      setInterval(() => this.#watchChild(), EXIT_POLL_MS),
      setInterval(() => this.#look(), LOOK_MS),
    );
  }

  /**
   * Write a mark.
   *
   * @returns its time, ns since the recording started
   */
  mark(text: string): number {
    const timeNs = Number(this.#native.monotonicNs() - this.#startMonoNs);
    this.#write(this.#writer.part('marks', [{ timeNs, text }]));
    return timeNs;
  }

  status(): SessionStatus {
    const stats = this.#recorder.stats();
    const { user, system } = process.cpuUsage(this.#startCpu);
    return {
      elapsedNs: this.#elapsedNs(),
      events: Number(stats.events),
      lost: this.#lost(stats.lost),
      fileBytes: this.#options.output.byteLength,
      targetCpuNs: this.#processes.usage().cpuNs,
      recorderCpuNs: (user + system) * 1000,
      processes: this.#processes.counts,
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
      this.#takeProcesses();
      const { lost } = this.#recorder.stats();
      this.#write(this.#encoder.encodeLateLoss(lost, status.elapsedNs));
      this.#write(this.#writer.end(this.#endFacts(reason, status.elapsedNs)));
      await this.#options.output.close();
    } finally {
      this.#recorder.close();
    }
    const final = this.#recorder.stats();
    const { exitCode, signal } = this.#childExit();
    return {
      ...status,
      events: Number(final.events),
      lost: this.#lost(final.lost),
      fileBytes: this.#options.output.byteLength,
      processes: this.#processes.counts,
      reason,
      exitCode,
      exitSignal: signal,
    };
  }

  /** All losses by cause: what the addon counted, and the names left out here. */
  #lost(lost: BigUint64Array): Record<LossCause, number> {
    return { ...byCause(lost), name_lost: this.#encoder.lostNames };
  }

  /** Encode what there is now, from a timer or a signal of the addon. */
  #pump(partial: boolean): void {
    try {
      this.#takeProcesses();
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
      const pieces = this.#encoder.encode(block, this.#names(), this.#stacks(), this.#dueMetrics());
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

  #stacks(): StackResolver | undefined {
    const { stacks, target } = this.#options;
    if (Object.keys(stacks).length === 0) return undefined;
    this.#stackResolver ??= new StackResolver(
      target.program,
      this.#names(),
      tellingEvents(target.plan.sites, stacks),
    );
    return this.#stackResolver;
  }

  #names(): NameResolver {
    this.#resolver ??= new NameResolver(this.#options.target.program, this.#writer);
    return this.#resolver;
  }

  /** Numbers of the processes that were named, or started. */
  #named(): number[] {
    const { follow, processes } = this.#options.target;
    if (this.#child) return [this.#child.pid];
    return follow.who === 'listed' ? processes.map(({ pid }) => pid) : [];
  }

  /** Who ran before the probes; of the child that waits, that it exists. @returns warnings */
  #addRunning(attachedAtS: number): string[] {
    const { target, stacks, groups } = this.#options;
    const depth = stacks.sched ?? 0;
    const running = takeRunning(this.#native, this.#recorder, target, attachedAtS, {
      stackDepth: depth,
      hasLabels: groups.includes('labels'),
    });
    for (const { pid, bias } of running) this.#processes.add(pid, -1, { bias });
    if (this.#child) {
      const known = { comm: commOf(target), command: JSON.stringify(target.command) };
      this.#processes.add(this.#child.pid, 0, known);
    }
    this.#write(this.#writer.part('processes', this.#processes.takeChanged()));
    if (running.length === 0) return [];
    this.#write(
      encodeOlderGoroutines(running, {
        recorder: this.#recorder,
        names: this.#names(),
        writer: this.#writer,
        stacks: depth > 0 ? this.#stacks() : undefined,
        labels: this.#labels,
        startMonoNs: this.#startMonoNs,
      }),
    );
    return running.flatMap(({ pid, obstacle }) =>
      obstacle === undefined ? [] : [unreadMemory(pid, obstacle)],
    );
  }

  /** What the kernel tells of processes since the last time. */
  #takeProcesses(): void {
    this.#processes.takeNotices(this.#recorder.takeProcesses());
    this.#writeProcesses();
  }

  #writeProcesses(): void {
    const rows = this.#processes.takeChanged();
    if (rows.length > 0) this.#write(this.#writer.part('processes', rows));
    const { who } = this.#options.target.follow;
    // The kernel tells of a child's end before its exit code can be had.
    const isReaped = this.#child === undefined || this.#child.exit !== undefined;
    if (who !== 'all' && this.#processes.haveEnded && isReaped) this.#endWith.resolve();
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
        lost: lostEvents(lost),
        recorderCpuNs,
        targetCpuNs,
        targetRssBytes: this.#processes.usage().rssBytes,
        fileBytes,
      },
    ];
  }

  #watchChild(): void {
    if (this.#child === undefined || this.#child.exit !== undefined) return;
    // Once it is reaped nobody can tell what it took.
    this.#processes.readUsage(this.#child.pid);
    if (!this.#child.reap()) return;
    this.#takeProcesses();
    this.#processes.exited(this.#child.pid, this.#elapsedNs(), this.#child.exit!);
    this.#writeProcesses();
  }

  /** For ends that the kernel did not tell. */
  #look(): void {
    this.#processes.look(this.#elapsedNs(), (pid) => pid === this.#child?.pid);
    this.#writeProcesses();
  }

  #elapsedNs(): number {
    return Number(this.#native.monotonicNs() - this.#startMonoNs);
  }

  #childExit(): { exitCode?: number; signal?: number } {
    return this.#child?.exit ?? {};
  }

  #endFacts(reason: EndReason, elapsedNs: number): Record<string, string> {
    const { exitCode, signal } = this.#childExit();
    return {
      ended_ns: String(elapsedNs),
      reason,
      ...(exitCode === undefined ? {} : { exit_code: String(exitCode) }),
      ...(signal === undefined ? {} : { exit_signal: String(signal) }),
    };
  }
}

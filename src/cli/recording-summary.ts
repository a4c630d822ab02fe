/**
 * A recording in numbers, from its index, its metadata and its small parts.
 *
 * The shape is what `xgotop info --json` prints: names as in docs/format.md, units in them.
 */
import { EVENTS, LOSS_CAUSES, lostEvents, recordingProcesses } from '../format/index.ts';
import type { EventName, LossCause, Recording } from '../format/index.ts';
import { recordingEndNs } from '../query/index.ts';

export interface RecordingSummary {
  program: string;
  command: string[];
  comm: string;
  pid: number;
  go_version: string;
  arch: string;
  host: string;
  kernel: string;
  xgotop_version: string;
  /** Wall clock, ISO 8601 in UTC, cut to milliseconds. */
  started: string;
  /** The same, whole. Decimal text: it is beyond 2^53. */
  start_unix_ns: string;
  duration_ns: number;
  launched: boolean;
  groups: string[];
  offsets: string;
  /** What made the file of another, the oldest first; empty for what a recorder wrote. */
  history: string[];
  /** Changes of state were left out: states and durations are not those of the program. */
  state_gaps: boolean;
  chunks: number;
  events: { total: number; per_second: number | null; by_event: EventRate[] };
  goroutines: { before: number; created: number; exited: number; alive_at_end: number };
  lost: { total: number; by_cause: Record<LossCause, number> };
  file: {
    size_bytes: number;
    /** Of the whole file; null without events. */
    bytes_per_event: number | null;
    complete: boolean;
    /** Bytes that could be read: all when complete. */
    readable_bytes: number;
    damage: string | null;
  };
  /** Programs that processes executed: more than there were processes when one executed it anew. */
  processes: ProcessSummary[];
  end: { reason: string | null; exit_code: number | null; exit_signal: string | null };
}

export interface ProcessSummary {
  pid: number;
  comm: string;
  started_ns: number | null;
  ended_ns: number | null;
  exit_code: number | null;
  /** Of a merge: the machine, and the file that it was recorded in. */
  host: string | null;
  recording: string | null;
}

export interface EventRate {
  event: EventName;
  count: number;
  per_second: number | null;
}

/** @param sizeBytes - of the file */
export function recordingSummary(recording: Recording, sizeBytes: number): RecordingSummary {
  const { meta, chunks, end } = recording;
  const durationNs = recordingEndNs(recording);
  const sum = (valueOf: (chunk: (typeof chunks)[number]) => number) =>
    chunks.reduce((total, chunk) => total + valueOf(chunk), 0);
  const perSecond = (count: number) =>
    durationNs > 0 ? Math.round((count / durationNs) * 1e10) / 10 : null;
  const total = sum(({ rowCount }) => rowCount);
  const names = EVENTS.filter((name): name is EventName => name !== '');
  const counts = Object.fromEntries(
    names.map((name) => [name, sum(({ eventCounts }) => eventCounts[name])]),
  ) as Record<EventName, number>;
  const lost = Object.fromEntries(
    LOSS_CAUSES.map((cause) => [cause, sum((chunk) => chunk.lost[cause])]),
  ) as Record<LossCause, number>;
  const first = chunks[0];
  // The first chunk's checkpoint counts those alive when it began, at about 0.
  const before = first?.goroutineCount ?? recording.goroutines.count;
  const exitCode = end.get('exit_code');
  return {
    program: meta.program,
    command: meta.command,
    comm: meta.comm,
    pid: meta.pid,
    go_version: meta.goVersion,
    arch: meta.arch,
    host: meta.host,
    kernel: meta.kernel,
    xgotop_version: meta.version,
    started: new Date(Number(meta.startUnixNs / 1_000_000n)).toISOString(),
    start_unix_ns: String(meta.startUnixNs),
    duration_ns: durationNs,
    launched: meta.launched,
    groups: meta.groups,
    offsets: meta.offsets,
    history: meta.history,
    state_gaps: meta.hasStateGaps ?? false,
    chunks: chunks.length,
    events: {
      total,
      per_second: perSecond(total),
      by_event: names.map((event) => ({
        event,
        count: counts[event],
        per_second: perSecond(counts[event]),
      })),
    },
    goroutines: {
      before,
      created: counts.go_create,
      exited: counts.go_exit,
      alive_at_end: Math.max(0, before + counts.go_create - counts.go_exit),
    },
    lost: { total: lostEvents(lost), by_cause: lost },
    file: {
      size_bytes: sizeBytes,
      bytes_per_event: total > 0 ? Math.round((sizeBytes / total) * 10) / 10 : null,
      complete: recording.isComplete,
      readable_bytes: recording.byteLength,
      damage: recording.damage?.message ?? null,
    },
    processes: recordingProcesses(recording).map(({ pid, comm, ...times }) => ({
      pid,
      comm,
      started_ns: times.startedNs < 0 ? null : times.startedNs,
      ended_ns: times.endedNs < 0 ? null : times.endedNs,
      exit_code: times.exitCode < 0 ? null : times.exitCode,
      host: times.host ?? null,
      recording: times.recording ?? null,
    })),
    end: {
      reason: end.get('reason') ?? null,
      exit_code: exitCode === undefined || exitCode === '' ? null : Number(exitCode),
      exit_signal: end.get('exit_signal') ?? null,
    },
  };
}

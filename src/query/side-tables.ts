/**
 * The recording's side tables as columns for DuckDB: what is small and is held anyway.
 *
 * Functions of the names `recording_*`; the views of the product are made of them.
 */
import { BIGINT, BOOLEAN, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';
import { EVENTS, LOSS_CAUSES } from '../format/event-columns.ts';
import type { EventName } from '../format/event-columns.ts';
import { recordingProcesses } from '../format/process-rows.ts';
import type { Recording } from '../format/recording.ts';
import { validWhereNot, validWhereNotZero } from './column-rows.ts';
import type { MemoryColumn, MemoryTable } from './column-table.ts';
import type { EnumColumn } from './enum-column.ts';
import type { EventEnums } from './event-scan-columns.ts';
import { recordingEndNs, recordingFacts } from './recording-facts.ts';
import type { SiteLookup } from './site-lookup.ts';
import { soundStacks } from './sound-stacks.ts';

/**
 * @throws FormatError `bad-value` when a row names a value that its dictionary does not have
 */
export function sideTables(
  recording: Recording,
  enums: EventEnums,
  sites: SiteLookup,
): MemoryTable[] {
  const { meta, functions, types, probes, metrics, marks, labels, chunks } = recording;
  const endNs = recordingEndNs(recording);
  const siteRows = recording.sites;
  const processes = recordingProcesses(recording);
  const facts = [...recordingFacts(recording)];
  return [
    table('recording_functions', functions.length, [
      enumOf('func', enums.func, functions, ({ func }) => func),
      text('file', functions, ({ file }) => file),
      int32('line', functions, ({ startLine }) => startLine),
      int64('entry', functions, ({ entry }) => entry),
    ]),
    table('recording_sites', siteRows.length, [
      int32('site', siteRows, ({ site }) => site),
      enumOf('func', enums.func, siteRows, ({ func }) => func),
      text('file', siteRows, ({ file }) => file),
      int32('line', siteRows, ({ line }) => line),
      int64('pc', siteRows, ({ pc }) => pc),
    ]),
    stackTable(recording, enums),
    table('recording_types', types.length, [
      enumOf('type', enums.type, types, ({ type }) => type),
      text('go_kind', types, ({ goKind }) => goKind),
      int64('size_bytes', types, ({ sizeBytes }) => sizeBytes),
    ]),
    table('recording_processes', processes.length, [
      int32('pid', processes, ({ pid }) => pid),
      int32OrNull('parent_pid', processes, ({ parentPid }) => parentPid, 0),
      text('comm', processes, ({ comm }) => comm),
      text('command', processes, ({ command }) => command),
      int64OrNull('started_ns', processes, ({ startedNs }) => startedNs),
      int64OrNull('ended_ns', processes, ({ endedNs }) => endedNs),
      int32OrNull('exit_code', processes, ({ exitCode }) => exitCode, -1),
      int32OrNull('exit_signal', processes, ({ exitSignal }) => exitSignal, 0),
      int64('bias', processes, ({ bias }) => bias),
      text('host', processes, ({ host = meta.host }) => host),
      text('recording', processes, (row) => row.recording ?? ''),
      int32('recorded_pid', processes, ({ pid, recordedPid = pid }) => recordedPid),
      int64('recorded_from_ns', processes, ({ recordedFromNs = 0 }) => recordedFromNs),
      int64('recorded_until_ns', processes, ({ recordedUntilNs = endNs }) => recordedUntilNs),
    ]),
    table('recording_probes', probes.length, [
      text('event', probes, ({ event }) => event),
      text('function', probes, (probe) => probe.function),
      int64('address', probes, ({ address }) => address),
      int64('file_offset', probes, ({ fileOffset }) => fileOffset),
      text('instruction', probes, ({ instruction }) => instruction),
      flag('emulated', probes, ({ emulated }) => emulated),
      text('rule', probes, ({ rule }) => rule),
    ]),
    table('recording_metrics', metrics.length, [
      int64('time_ns', metrics, ({ timeNs }) => timeNs),
      int64('events', metrics, ({ events }) => events),
      int64('lost', metrics, ({ lost }) => lost),
      int64('recorder_cpu_ns', metrics, ({ recorderCpuNs }) => recorderCpuNs),
      int64('target_cpu_ns', metrics, ({ targetCpuNs }) => targetCpuNs),
      int64('target_rss_bytes', metrics, ({ targetRssBytes }) => targetRssBytes),
      int64('file_bytes', metrics, ({ fileBytes }) => fileBytes),
    ]),
    table('recording_marks', marks.length, [
      int64('time_ns', marks, ({ timeNs }) => timeNs),
      text('text', marks, (mark) => mark.text),
    ]),
    table('recording_labels', labels.length, [
      int64('time_ns', labels, ({ timeNs }) => timeNs),
      int32('pid', labels, ({ pid }) => pid),
      int64('object', labels, ({ object }) => object),
      text('key', labels, ({ key }) => key),
      text('value', labels, ({ value }) => value),
    ]),
    table('recording_chunks', chunks.length, [
      int32('chunk', chunks, ({ chunkIndex }) => chunkIndex),
      int64('file_offset', chunks, ({ byteOffset }) => byteOffset),
      int64('size_bytes', chunks, ({ metadataBytes, bodyBytes }) => metadataBytes + bodyBytes),
      int64('events', chunks, ({ rowCount }) => rowCount),
      int64('start_ns', chunks, ({ minNs }) => minNs),
      int64('end_ns', chunks, ({ maxNs }) => maxNs),
      int64('goroutines', chunks, ({ goroutineCount }) => goroutineCount),
      ...EVENTS.filter((name): name is EventName => name !== '').map((name) =>
        int64(`n_${name}`, chunks, ({ eventCounts }) => eventCounts[name]),
      ),
      int64('lost', chunks, ({ lost }) => LOSS_CAUSES.reduce((sum, cause) => sum + lost[cause], 0)),
    ]),
    lossTable(recording),
    table('recording_meta', facts.length, [
      text('key', facts, ([key]) => key),
      text('value', facts, ([, value]) => value),
    ]),
    goroutineTable(recording, enums, sites),
  ];
}

/** A row for each stack: its innermost frame, and the stack without it. */
function stackTable({ stacks: told, frames }: Recording, enums: EventEnums): MemoryTable {
  const stacks = soundStacks(told);
  const byNumber = new Map(frames.map((row) => [row.frame, row]));
  const rows = Array.from(stacks.frame, (number) => byNumber.get(number));
  return table('recording_stacks', stacks.count, [
    plain('stack', INTEGER, Int32Array.from(stacks.stack)),
    plain('parent', INTEGER, Int32Array.from(stacks.parent)),
    enumOf('func', enums.func, rows, (row) => row?.func ?? 0),
    text('file', rows, (row) => row?.file ?? ''),
    int32('line', rows, (row) => row?.line ?? 0),
    flag('inlined', rows, (row) => row?.inlined ?? false),
  ]);
}

/** A loss belongs to the time between the end of the chunk before and that of its own. */
function lossTable({ chunks }: Recording): MemoryTable {
  const losses = chunks.flatMap(({ chunkIndex, lost, minNs, maxNs }, position) =>
    LOSS_CAUSES.filter((cause) => lost[cause] > 0).map((cause) => ({
      cause,
      events: lost[cause],
      chunkIndex,
      startNs: Math.min(position === 0 ? 0 : chunks[position - 1]!.maxNs, minNs),
      endNs: maxNs,
    })),
  );
  return table('recording_loss', losses.length, [
    text('cause', losses, ({ cause }) => cause),
    int64('events', losses, ({ events }) => events),
    int32('chunk', losses, ({ chunkIndex }) => chunkIndex),
    int64('start_ns', losses, ({ startNs }) => startNs),
    int64('end_ns', losses, ({ endNs }) => endNs),
  ]);
}

/** May have a hundred thousand rows: columns stay columns. */
function goroutineTable(
  { goroutines, chunks }: Recording,
  enums: EventEnums,
  sites: SiteLookup,
): MemoryTable {
  const { count } = goroutines;
  const byteOffset = chunks[0]?.byteOffset ?? 0;
  const site = goroutines.site ?? new Int32Array(count);
  const lines = sites.lines(site);
  const goid = BigInt64Array.from(goroutines.goid);
  const parentGoid = BigInt64Array.from(goroutines.parentGoid);
  // 0 for NULL, as no wait began then.
  const sinceNs = new BigInt64Array(count);
  goroutines.sinceNs?.forEach((since, row) => (sinceNs[row] = since === -1n ? 0n : since));
  const stack = Int32Array.from(goroutines.stack ?? new Int32Array(count));
  const labels = BigInt64Array.from(goroutines.labels ?? new BigInt64Array(count));
  const column = (
    name: string,
    values: EnumColumn,
    indices: Int32Array | Int8Array,
  ): MemoryColumn => ({ name, type: values.type, rows: values.encode(indices, byteOffset) });
  return table('recording_goroutines', count, [
    plain('pid', INTEGER, Int32Array.from(goroutines.pid)),
    plain('goid', BIGINT, goid),
    { ...plain('parent_goid', BIGINT, parentGoid), rows: notZero(parentGoid) },
    column('func', enums.func, goroutines.func),
    column('file', sites.files, sites.fileIndices(site)),
    {
      name: 'line',
      type: INTEGER,
      rows: { values: lines, validity: validWhereNot(lines, 0) },
    },
    column('state', enums.to_state, goroutines.state),
    column('wait_reason', enums.wait_reason, goroutines.waitReason),
    { ...plain('since_ns', BIGINT, sinceNs), rows: notZero(sinceNs) },
    {
      ...plain('stack', INTEGER, stack),
      rows: { values: stack, validity: validWhereNot(stack, 0) },
    },
    { ...plain('labels', BIGINT, labels), rows: notZero(labels) },
  ]);
}

function notZero(values: BigInt64Array<ArrayBuffer>): MemoryColumn['rows'] {
  return { values, validity: validWhereNotZero(values) };
}

function table(name: string, rowCount: number, columns: MemoryColumn[]): MemoryTable {
  return { name, rowCount, columns };
}

function plain(
  name: string,
  type: DuckDBType,
  values: MemoryColumn['rows']['values'],
): MemoryColumn {
  return { name, type, rows: { values, validity: undefined } };
}

function text<R>(name: string, rows: readonly R[], valueOf: (row: R) => string): MemoryColumn {
  return plain(name, VARCHAR, rows.map(valueOf));
}

function int32<R>(name: string, rows: readonly R[], valueOf: (row: R) => number): MemoryColumn {
  return plain(name, INTEGER, Int32Array.from(rows, valueOf));
}

function int32OrNull<R>(
  name: string,
  rows: readonly R[],
  valueOf: (row: R) => number,
  none: number,
): MemoryColumn {
  const values = Int32Array.from(rows, valueOf);
  return { name, type: INTEGER, rows: { values, validity: validWhereNot(values, none) } };
}

/** Times, of which negative ones are none. */
function int64OrNull<R>(
  name: string,
  rows: readonly R[],
  valueOf: (row: R) => number,
): MemoryColumn {
  const values = BigInt64Array.from(rows, (row) => BigInt(valueOf(row)));
  const isSome = Int8Array.from(rows, (row) => (valueOf(row) < 0 ? 0 : 1));
  return { name, type: BIGINT, rows: { values, validity: validWhereNot(isSome, 0) } };
}

/** Numbers below 2^53, as the reader gives them, or BigInts. */
function int64<R>(
  name: string,
  rows: readonly R[],
  valueOf: (row: R) => number | bigint,
): MemoryColumn {
  return plain(
    name,
    BIGINT,
    BigInt64Array.from(rows, (row) => BigInt(valueOf(row))),
  );
}

function flag<R>(name: string, rows: readonly R[], valueOf: (row: R) => boolean): MemoryColumn {
  return plain(
    name,
    BOOLEAN,
    Uint8Array.from(rows, (row) => (valueOf(row) ? 1 : 0)),
  );
}

function enumOf<R>(
  name: string,
  values: EnumColumn,
  rows: readonly R[],
  indexOf: (row: R) => number,
): MemoryColumn {
  return { name, type: values.type, rows: values.encode(Int32Array.from(rows, indexOf), 0) };
}

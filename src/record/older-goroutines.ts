/**
 * The goroutines that are older than the recording: made known to the addon, written as a part.
 */
import type { GoroutineColumns } from '../format/recording.ts';
import type { RecordingWriter } from '../format/recording-writer.ts';
import type { Census } from './census.ts';
import type { NameResolver } from './name-resolver.ts';
import { SITE_USE, type NativeRecorder } from './native.ts';
import type { ProfilerLabels } from './profiler-labels.ts';
import { stackParts } from './stack-parts.ts';
import type { StackResolver } from './stack-resolver.ts';

/** The census of one process. */
export interface ProcessCensus {
  pid: number;
  /** Added by the loader to the executable's addresses. */
  bias: bigint;
  census: Census;
  /** Why its memory could not be read (an error code), so that nothing is known of its goroutines. */
  obstacle?: string;
}

export interface OlderGoroutinesOptions {
  recorder: NativeRecorder;
  names: NameResolver;
  writer: RecordingWriter;
  /** Names their stacks; absent when none were asked for. */
  stacks: StackResolver | undefined;
  /** Reads what their sets of labels say. */
  labels: ProfilerLabels;
  /** When the recording began, CLOCK_MONOTONIC. */
  startMonoNs: bigint;
}

/** All that the part has, but what was not asked for. */
type WrittenGoroutines = Required<Omit<GoroutineColumns, 'stack' | 'labels' | 'createdNs'>> &
  Pick<GoroutineColumns, 'stack' | 'labels'>;

/** @returns pieces to append: part `goroutines` and the names it needs */
export function encodeOlderGoroutines(
  processes: readonly ProcessCensus[],
  { recorder, names, writer, stacks, labels, startMonoNs }: OlderGoroutinesOptions,
): Uint8Array[] {
  const count = processes.reduce((sum, { census }) => sum + census.count, 0);
  const goroutines: WrittenGoroutines = {
    count,
    pid: new Int32Array(count),
    goid: new BigInt64Array(count),
    parentGoid: new BigInt64Array(count),
    state: new Int8Array(count),
    waitReason: new Int8Array(count),
    func: new Int32Array(count),
    site: new Int32Array(count),
    sinceNs: new BigInt64Array(count).fill(-1n),
    ...(stacks === undefined ? {} : { stack: new Int32Array(count) }),
  };
  if (processes.some(({ census }) => census.labels)) goroutines.labels = new BigInt64Array(count);
  const words = new BigUint64Array(count * 6);
  let at = 0;
  for (const { pid, bias, census } of processes) {
    goroutines.pid.fill(pid, at, at + census.count);
    for (const column of ['goid', 'parentGoid', 'state', 'waitReason'] as const) {
      // Both sides of a column are of one type.
      (goroutines[column] as BigInt64Array).set(
        census[column].subarray(0, census.count) as BigInt64Array,
        at,
      );
    }
    if (census.labels) goroutines.labels!.set(census.labels.subarray(0, census.count), at);
    for (let i = 0; i < census.count; i++) {
      const start = inExecutable(census.startPc[i]!, bias);
      const site = inExecutable(census.goPc[i]!, bias);
      words.set([start, 0n, BigInt(SITE_USE.start)], (at + i) * 6);
      words.set([site, 0n, BigInt(SITE_USE.goStatement)], (at + i) * 6 + 3);
      const since = census.waitSince[i]! - startMonoNs;
      if (census.waitSince[i]! > 0n && since < 0n) goroutines.sinceNs[at + i] = since;
      const raw = census.stacks[i];
      if (stacks === undefined || raw === undefined) continue;
      const pcs = raw.pcs.map((pc) => Number(inExecutable(BigInt(pc), bias)));
      goroutines.stack![at + i] = stacks.stack({ ...raw, pcs });
    }
    at += census.count;
  }
  const numbers = recorder.internSites(words);
  const startSite = Int32Array.from({ length: count }, (_, i) => numbers[i * 2]!);
  goroutines.site.set(startSite.map((_, i) => numbers[i * 2 + 1]!));
  const before = new BigInt64Array(count).fill(-1n);
  // The addon knows of the recording's own time only.
  recorder.addGoroutines({ ...goroutines, sinceNs: before, createdNs: before, startSite });

  const { sites, functions } = names.addSites(recorder.takeNewSites());
  goroutines.func.set(startSite.map((number) => names.siteFunc[number]!));
  return [
    ...writer.part('functions', functions),
    ...writer.part('sites', sites),
    ...(stacks === undefined ? [] : stackParts(writer, stacks.takeNew())),
    ...writer.goroutines(goroutines),
    ...writer.part('labels', labels.rowsOfGoroutines(goroutines)),
  ];
}

/** As native/process-table.h does it: addresses outside stay as they are. */
function inExecutable(address: bigint, bias: bigint): bigint {
  return address >= bias ? address - bias : address;
}

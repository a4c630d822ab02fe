/**
 * The goroutines that are older than the recording: made known to the addon, written as a part.
 */
import type { RecordingWriter } from '../format/recording-writer.ts';
import type { Census } from './census.ts';
import type { NameResolver } from './name-resolver.ts';
import { SITE_USE, type NativeRecorder } from './native.ts';

/** @returns pieces to append: part `goroutines` and the names it needs */
export function encodeOlderGoroutines(
  census: Census,
  pid: number,
  recorder: NativeRecorder,
  names: NameResolver,
  writer: RecordingWriter,
): Uint8Array[] {
  const { count } = census;
  const words = new BigUint64Array(count * 6);
  for (let i = 0; i < count; i++) {
    words.set([census.startPc[i]!, 0n, BigInt(SITE_USE.start)], i * 6);
    words.set([census.goPc[i]!, 0n, BigInt(SITE_USE.goStatement)], i * 6 + 3);
  }
  const numbers = recorder.internSites(words);
  const startSite = Int32Array.from({ length: count }, (_, i) => numbers[i * 2]!);
  const site = Int32Array.from({ length: count }, (_, i) => numbers[i * 2 + 1]!);
  const goroutines = {
    count,
    pid: new Int32Array(count).fill(pid),
    goid: census.goid.subarray(0, count),
    parentGoid: census.parentGoid.subarray(0, count),
    state: census.state.subarray(0, count),
    waitReason: census.waitReason.subarray(0, count),
  };
  const before = new BigInt64Array(count).fill(-1n);
  recorder.addGoroutines({ ...goroutines, sinceNs: before, createdNs: before, startSite });

  const { sites, functions } = names.addSites(recorder.takeNewSites());
  const func = startSite.map((number) => names.siteFunc[number]!);
  return [
    ...writer.part('functions', functions),
    ...writer.part('sites', sites),
    ...writer.goroutines({ ...goroutines, func, site }),
  ];
}

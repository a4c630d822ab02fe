/**
 * Sets of profiler labels (runtime/pprof), read from the program's memory.
 *
 * A set is never changed, but it may be gone when it is read, and its memory another thing's:
 * whatever does not look like one gives no labels. Layouts: runtime/pprof/label.go; a list
 * since Go 1.24, before that a map (runtime/map.go, 1.19 to 1.23).
 */
import { EVENTS, type EventArrays } from '../format/event-columns.ts';
import type { GoroutineColumns, LabelRow } from '../format/recording.ts';
import type { Native } from './native.ts';

const GO_LABELS = EVENTS.indexOf('go_labels');
/** A set of more is not believed. */
const MAX_LABELS = 64;
const MAX_TEXT_BYTES = 4096;

const MAX_TOLD = 10_000;

const STRING_BYTES = 16;
/** hmap: count, and B, the logarithm of the buckets, at byte 9. */
const HMAP = { bytes: 48, logBuckets: 9, buckets: 16, oldBuckets: 24 };
/** bmap of strings to strings: eight of each, then the overflow bucket. */
const BMAP = { keys: 8, values: 8 + 8 * STRING_BYTES, overflow: 8 + 16 * STRING_BYTES, bytes: 272 };
/** A tophash below is of an empty or moved cell. */
const MIN_TOPHASH = 5;

export class ProfilerLabels {
  readonly #native: Pick<Native, 'readMemory'>;
  readonly #isMap: boolean;
  /** By process and address: what the recording says already. */
  readonly #told = new Map<string, string>();
  readonly #text = new TextDecoder();

  /** @param goMinor - the 26 of Go 1.26 */
  constructor(native: Pick<Native, 'readMemory'>, goMinor: number) {
    this.#native = native;
    this.#isMap = goMinor < 24;
  }

  /**
   * Rows of part `labels` that the sets named in a block need.
   *
   * @param rowCount - of the columns
   */
  rowsOf(
    { event, object, pid, time_ns }: Pick<EventArrays, 'event' | 'object' | 'pid' | 'time_ns'>,
    rowCount: number,
  ): LabelRow[] {
    const rows: LabelRow[] = [];
    const seen = new Set<string>();
    for (let row = 0; row < rowCount; row++) {
      if (event[row] !== GO_LABELS || object[row] === 0n) continue;
      const set = `${pid[row]} ${object[row]}`;
      if (seen.has(set)) continue;
      seen.add(set);
      rows.push(...this.#newRows(Number(time_ns[row]), pid[row]!, object[row]!));
    }
    return rows;
  }

  /** Rows for the sets of goroutines that are older than the recording; those have its time 0. */
  rowsOfGoroutines({ count, pid, labels }: GoroutineColumns): LabelRow[] {
    const rows: LabelRow[] = [];
    for (let row = 0; labels !== undefined && row < count; row++) {
      if (labels[row] !== 0n) rows.push(...this.#newRows(0, pid[row]!, labels[row]!));
    }
    return rows;
  }

  /** Of a set, unless the recording says them already. */
  #newRows(timeNs: number, pid: number, object: bigint): LabelRow[] {
    const set = `${pid} ${object}`;
    const labels = this.#read(pid, object);
    const content = JSON.stringify(labels);
    if (labels.length === 0 || this.#told.get(set) === content) return [];
    // A server has a set for each request; what is forgotten is written once more.
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.set(set, content);
    return labels.map(([key, value]) => ({ timeNs, pid, object, key, value }));
  }

  #read(pid: number, set: bigint): [string, string][] {
    const labels = this.#isMap ? this.#readMap(pid, set) : this.#readList(pid, set);
    return labels ?? [];
  }

  /** A slice of pairs of strings. */
  #readList(pid: number, set: bigint): [string, string][] | undefined {
    const slice = this.#bytes(pid, set, 16);
    const count = Number(slice?.getBigUint64(8, true) ?? 0n);
    if (slice === undefined || count === 0 || count > MAX_LABELS) return undefined;
    const pairs = this.#bytes(pid, slice.getBigUint64(0, true), count * 2 * STRING_BYTES);
    if (pairs === undefined) return undefined;
    return this.#strings(
      pid,
      Array.from({ length: count }, (_, i) => [
        [pairs, i * 2 * STRING_BYTES],
        [pairs, (i * 2 + 1) * STRING_BYTES],
      ]),
    );
  }

  /** A pointer to a map; one that still grows is not read. */
  #readMap(pid: number, set: bigint): [string, string][] | undefined {
    const pointer = this.#bytes(pid, set, 8)?.getBigUint64(0, true);
    const head = pointer ? this.#bytes(pid, pointer, HMAP.bytes) : undefined;
    if (head === undefined || head.getBigUint64(HMAP.oldBuckets, true) !== 0n) return undefined;
    const count = Number(head.getBigUint64(0, true));
    const logBuckets = head.getUint8(HMAP.logBuckets);
    if (count === 0 || count > MAX_LABELS || logBuckets > 6) return undefined;
    const places: [[DataView, number], [DataView, number]][] = [];
    let left = MAX_LABELS * 2;
    for (let index = 0; index < 1 << logBuckets; index++) {
      let at = head.getBigUint64(HMAP.buckets, true) + BigInt(index * BMAP.bytes);
      while (at !== 0n && left-- > 0) {
        const bucket = this.#bytes(pid, at, BMAP.bytes);
        if (bucket === undefined) return undefined;
        for (let cell = 0; cell < 8; cell++) {
          if (bucket.getUint8(cell) < MIN_TOPHASH) continue;
          const text = cell * STRING_BYTES;
          places.push([[bucket, BMAP.keys + text], [bucket, BMAP.values + text]]); // prettier-ignore
        }
        at = bucket.getBigUint64(BMAP.overflow, true);
      }
    }
    return places.length === count ? this.#strings(pid, places) : undefined;
  }

  /** Undefined as soon as one of them is no text. */
  #strings(
    pid: number,
    places: readonly (readonly [DataView, number])[][],
  ): [string, string][] | undefined {
    const labels: [string, string][] = [];
    for (const pair of places) {
      const [key, value] = pair.map(([head, at]) => this.#string(pid, head, at));
      if (key === undefined || value === undefined) return undefined;
      labels.push([key, value]);
    }
    return labels.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #string(pid: number, head: DataView, at: number): string | undefined {
    const byteLength = Number(head.getBigUint64(at + 8, true));
    if (byteLength > MAX_TEXT_BYTES) return undefined;
    if (byteLength === 0) return '';
    const bytes = this.#bytes(pid, head.getBigUint64(at, true), byteLength);
    return bytes && this.#text.decode(bytes);
  }

  #bytes(pid: number, address: bigint, byteLength: number): DataView | undefined {
    let bytes: Uint8Array;
    try {
      bytes = this.#native.readMemory(pid, address, byteLength);
    } catch {
      return undefined; // the process has ended
    }
    if (bytes.byteLength < byteLength) return undefined;
    return new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  }
}

/**
 * Whether a recording is what docs/format.md says: chunk after chunk, so that only one is held.
 *
 * Nothing that is found ends the check. What a loss explains is a warning.
 */
import { DICTIONARY_COLUMNS } from './arrow-schema.ts';
import type { ByteSource } from './byte-source.ts';
import { verifyChunkCrc, type Crc32 } from './chunk-crc.ts';
import { checkChunk, type Referable } from './check-chunk.ts';
import { FormatError } from './errors.ts';
import { EVENT_COLUMN_NAMES, type EventArrays } from './event-columns.ts';
import { GoroutineTracker, type LiveGoroutine } from './goroutine-tracker.ts';
import { lostEvents } from './lost-events.ts';
import { openRecording, salvageRecording } from './open-recording.ts';
import type { ChunkInfo, Recording } from './recording.ts';

export type CheckCode =
  /** Bytes that are no message where one belongs, or a footer that cannot be used. */
  | 'damage'
  /** The file just ends. */
  | 'cut-off'
  /** Index and messages disagree. */
  | 'index'
  /** A chunk is not as its facts say. */
  | 'facts'
  /** Times that go back. */
  | 'order'
  /** A number of something that does not exist. */
  | 'reference'
  /** States of a goroutine that do not follow one another. */
  | 'transition'
  /** A checkpoint that the events before do not lead to. */
  | 'checkpoint';

export interface Finding {
  severity: 'error' | 'warning';
  code: CheckCode;
  /** -1: of no chunk. */
  chunkIndex: number;
  /** Where in the file to look. */
  byteOffset: number;
  /** What is wrong, for people; names of the recording may be in it. */
  text: string;
}

export interface CheckReport {
  /** The first of each code and severity, at most `MAX_FINDINGS`. */
  findings: Finding[];
  errorCount: number;
  warningCount: number;
  eventCount: number;
  chunkCount: number;
}

export const MAX_FINDINGS = 20;

/** A chunk may begin before the one before ended, when a probe was interrupted: not by more. */
const OVERLAP_NS = 1e6;

export interface CheckOptions {
  /** Compares checksums; without it they are not looked at. */
  crc32?: Crc32;
  /** Told of each chunk that is done, and how many there are. */
  onChunk?: (chunkIndex: number, chunkCount: number) => void;
}

/**
 * Check a recording.
 *
 * @throws FormatError when it cannot be opened at all; what the source throws
 */
export async function checkRecording(
  source: ByteSource,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const check = new Check(await openRecording(source));
  await check.structure(source);
  await check.chunks(source, options);
  return check.report;
}

class Check {
  readonly report: CheckReport;
  readonly #recording: Recording;
  readonly #tracker: GoroutineTracker;
  readonly #found = new Map<string, number>();
  #isLossy = false;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#tracker = new GoroutineTracker(recording);
    this.report = {
      findings: [],
      errorCount: 0,
      warningCount: 0,
      eventCount: recording.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
      chunkCount: recording.chunks.length,
    };
  }

  /** The messages from the first to the last, beside what the footer says. */
  async structure(source: ByteSource): Promise<void> {
    const { isComplete, damage, byteLength, chunks, dictionaries } = this.#recording;
    const { recording: walked, gaps } = await salvageRecording(source);
    if (damage !== undefined) this.#error('damage', damage.byteOffset, damage.message);
    for (const { byteOffset, byteLength: length, error } of gaps) {
      if (isComplete || error.code !== 'truncated') {
        this.#error('damage', byteOffset, `${length} bytes are no messages: ${error.message}`);
      }
    }
    if (!isComplete) {
      const text = `the recording was cut off, or is still being written: ${byteLength} bytes are whole`;
      this.#add({
        severity: 'warning',
        code: 'cut-off',
        chunkIndex: -1,
        byteOffset: byteLength,
        text,
      });
    } else if (gaps.length === 0) {
      if (walked.chunks.length !== chunks.length) {
        const text = `the index has ${chunks.length} chunks, the file ${walked.chunks.length}`;
        this.#error('index', 0, text);
      }
      for (const [i, chunk] of chunks.entries()) {
        const found = walked.chunks[i];
        if (found !== undefined && JSON.stringify(found) !== JSON.stringify(sorted(chunk, found))) {
          this.#error('index', chunk.byteOffset, 'the index says something else of it', i);
        }
      }
    }
    for (const column of DICTIONARY_COLUMNS) {
      const values = dictionaries[column];
      if (values[0] !== '' || new Set(values).size !== values.length) {
        this.#error(
          'reference',
          0,
          `the dictionary of ${column} has "" not first, or a value twice`,
        );
      }
    }
  }

  async chunks(source: ByteSource, { crc32, onChunk }: CheckOptions): Promise<void> {
    const recording = this.#recording;
    const known = this.#referable();
    this.#tracker.load(recording.goroutines);
    let beforeNs = 0;
    for (const chunk of recording.chunks) {
      const { chunkIndex, byteOffset, minNs, maxNs } = chunk;
      if (minNs < beforeNs - OVERLAP_NS) {
        const text = `it begins ${beforeNs - minNs} ns before the one before ended`;
        this.#add({ severity: 'warning', code: 'order', chunkIndex, byteOffset, text });
      }
      beforeNs = Math.max(beforeNs, maxNs);
      try {
        if (crc32 !== undefined) await verifyChunkCrc(source, chunk, crc32);
        if (chunk.checkpointChunk === chunkIndex) await this.#checkpoint(chunk);
        this.#isLossy ||= lostEvents(chunk.lost) > 0;
        const arrays = await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
        const faults = checkChunk(chunk, arrays, recording.dictionaries, known);
        for (const [code, text] of faults) this.#error(code, byteOffset, text, chunkIndex);
        this.#transitions(chunk, arrays);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#error('damage', error.byteOffset, error.message, chunkIndex);
      }
      onChunk?.(chunkIndex, recording.chunks.length);
    }
  }

  #referable(): Referable {
    const { sites, stacks, frames, functions, dictionaries } = this.#recording;
    const frameNumbers = new Set(frames.map(({ frame }) => frame));
    const numbers = new Set<number>();
    for (let row = 0; row < stacks.count; row++) {
      const [stack, parent, frame] = [stacks.stack[row]!, stacks.parent[row]!, stacks.frame[row]!];
      const isSound = (parent === 0 || numbers.has(parent)) && frameNumbers.has(frame);
      if (!isSound) {
        this.#error('reference', 0, `stack ${stack} is of a stack or a frame that does not exist`);
      }
      numbers.add(stack);
    }
    for (const [part, rows] of Object.entries({ sites, frames, functions })) {
      const wrong = rows.find(({ func }) => func < 0 || func >= dictionaries.func.length);
      if (wrong !== undefined) {
        this.#error(
          'reference',
          0,
          `part ${part} names function ${wrong.func}, which does not exist`,
        );
      }
    }
    return { sites: new Set(sites.map(({ site }) => site)), stacks: numbers };
  }

  #transitions({ chunkIndex, byteOffset }: ChunkInfo, arrays: EventArrays): void {
    const { meta, dictionaries } = this.#recording;
    const { event, from_state: states, to_state: toStates } = dictionaries;
    const create = event.indexOf('go_create');
    this.#tracker.take(arrays, 0, arrays.event.length, (row, goid, before) => {
      const from = states[arrays.from_state[row]!];
      const isCreated = arrays.event[row] === create;
      // Changes in between were left out, and the recording says so.
      if (meta.hasStateGaps) return;
      // What was read before the first event may have changed meanwhile.
      if (before === undefined || before.sinceNs < 0) return;
      if (!isCreated && from === toStates[before.state]) return;
      const who = `goroutine ${goid} of process ${before.pid}`;
      const was = toStates[before.state] ?? `in state ${before.state}`;
      const goesOn = from ?? `state ${arrays.from_state[row]}`;
      const text = isCreated
        ? `row ${row} creates ${who} again`
        : `row ${row}: ${who} was ${was}, and goes on from ${goesOn}`;
      const severity = this.#isLossy ? 'warning' : 'error';
      this.#add({ severity, code: 'transition', chunkIndex, byteOffset, text });
    });
  }

  async #checkpoint({ chunkIndex, checkpointOffset }: ChunkInfo): Promise<void> {
    const { goroutines } = await this.#recording.readCheckpoint(chunkIndex);
    const other = new GoroutineTracker(this.#recording);
    other.load(goroutines);
    const differences: string[] = [];
    for (const one of other.all()) {
      const known = this.#tracker.get(one.pid, one.goid);
      if (known === undefined) differences.push(`${name(one)} is in it, and does not live`);
      else if (known.state !== one.state) differences.push(`${name(one)} is in another state`);
    }
    for (const one of this.#tracker.all()) {
      if (other.get(one.pid, one.goid) === undefined) {
        differences.push(`${name(one)} lives, and is not in it`);
      }
    }
    const severity = this.#isLossy ? 'warning' : 'error';
    for (const text of differences) {
      this.#add({ severity, code: 'checkpoint', chunkIndex, byteOffset: checkpointOffset, text });
    }
  }

  #error(code: CheckCode, byteOffset: number, text: string, chunkIndex = -1): void {
    this.#add({ severity: 'error', code, chunkIndex, byteOffset, text });
  }

  #add(finding: Finding): void {
    const { severity, code } = finding;
    this.report[severity === 'error' ? 'errorCount' : 'warningCount']++;
    const count = (this.#found.get(`${severity} ${code}`) ?? 0) + 1;
    this.#found.set(`${severity} ${code}`, count);
    if (count <= MAX_FINDINGS) this.report.findings.push(finding);
  }
}

function name({ pid, goid }: LiveGoroutine): string {
  return `goroutine ${goid} of process ${pid}`;
}

/** The same facts in the order of another's. */
function sorted(chunk: ChunkInfo, like: ChunkInfo): object {
  const facts: Record<string, unknown> = { ...chunk };
  return Object.fromEntries(
    Object.entries(like).map(([key, value]) => {
      const own = facts[key];
      if (typeof value !== 'object' || typeof own !== 'object') return [key, own];
      const counts = own as Record<string, number>;
      return [key, Object.fromEntries(Object.keys(value as object).map((k) => [k, counts[k]]))];
    }),
  );
}

/** What the head of a chunk says about it, as key-value pairs. docs/format.md, "Metadata of messages". */
import { FormatError } from './errors.ts';
import { EVENTS, LOSS_CAUSES } from './event-columns.ts';
import type { EventName, LossCause } from './event-columns.ts';

/** What is known of a chunk besides its rows. Times in ns since the recording started. */
export interface ChunkFacts {
  minNs: number;
  maxNs: number;
  eventCounts: Record<EventName, number>;
  /** Events lost since the chunk before. */
  lost: Record<LossCause, number>;
  /** Goroutines alive at its start. */
  goroutineCount: number;
}

/** Names of `event`, without the empty one. */
export const EVENT_NAMES = EVENTS.slice(1) as EventName[];

export function encodeChunkMetadata(chunkIndex: number, facts: ChunkFacts): Map<string, string> {
  return new Map([
    ['xgotop.chunk', `${chunkIndex}`],
    ['xgotop.min_ns', `${facts.minNs}`],
    ['xgotop.max_ns', `${facts.maxNs}`],
    ['xgotop.events', JSON.stringify(withoutZeros(facts.eventCounts))],
    ['xgotop.lost', JSON.stringify(withoutZeros(facts.lost))],
    ['xgotop.goroutines', `${facts.goroutineCount}`],
  ]);
}

/**
 * @param byteOffset - of the message, for errors
 * @throws FormatError `bad-value`
 */
export function decodeChunkMetadata(
  metadata: ReadonlyMap<string, string>,
  byteOffset: number,
): ChunkFacts {
  const integer = (key: string): number => {
    const value = metadata.get(key) ?? '';
    if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) {
      throw new FormatError('bad-value', byteOffset, `a chunk without ${key}`);
    }
    return Number(value);
  };
  const counts = <K extends string>(key: string, names: readonly K[]): Record<K, number> => {
    let value: unknown;
    try {
      value = JSON.parse(metadata.get(key) ?? '{}');
    } catch {
      value = undefined;
    }
    if (typeof value !== 'object' || value === null) {
      throw new FormatError('bad-value', byteOffset, `${key} is no JSON object`);
    }
    const found = new Map<string, unknown>(Object.entries(value));
    const result = {} as Record<K, number>;
    for (const name of names) {
      const count = found.get(name) ?? 0;
      if (!Number.isSafeInteger(count) || (count as number) < 0) {
        throw new FormatError('bad-value', byteOffset, `${key} has a bad ${name}`);
      }
      result[name] = count as number;
    }
    return result;
  };
  return {
    minNs: integer('xgotop.min_ns'),
    maxNs: integer('xgotop.max_ns'),
    eventCounts: counts('xgotop.events', EVENT_NAMES),
    lost: counts('xgotop.lost', LOSS_CAUSES),
    goroutineCount: integer('xgotop.goroutines'),
  };
}

function withoutZeros(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

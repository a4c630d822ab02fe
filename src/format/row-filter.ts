/** What decides which rows of a recording a copy keeps; several are asked one after the other. */
import type { EventArrays, EventColumn } from './event-columns.ts';

export const FILTER_COLUMNS = [
  'time_ns',
  'goid',
  'by_goid',
  'pid',
  'event',
] as const satisfies readonly EventColumn[];
export type FilterArrays = Pick<EventArrays, (typeof FILTER_COLUMNS)[number]>;

/** One way through the recording, chunk after chunk in the order of the file. */
export interface RowPass {
  /**
   * Take rows that are not wanted out of the mask.
   *
   * @param mask - 1 for each row of the chunk that is wanted so far
   */
  narrow(chunkIndex: number, arrays: FilterArrays, mask: Uint8Array): Promise<void>;
  /** Called once, before the first chunk: the copy begins in this chunk, at this time. */
  begin?(chunkIndex: number, fromNs: number): Promise<void>;
  /** After `begin`: whether a goroutine that lives then may be in the copy. */
  wants?(pid: number, goid: number): boolean;
}

export interface RowFilter {
  /**
   * What it leaves of the changes of state of a goroutine: `whole`, all or none; `none`, not all,
   * of any; `some`, it depends on the row.
   */
  readonly states: 'whole' | 'none' | 'some';
  pass(): RowPass;
}

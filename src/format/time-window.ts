/** A stretch of a recording's time, and what of its side tables belongs to it: times moved to its beginning. */
import type { LabelRow, ProcessRow } from './recording.ts';

export class TimeWindow {
  /** Ns since the recording started; the first that belongs to it. */
  readonly fromNs: number;
  /** The first that does not; Infinity: to the end. */
  readonly toNs: number;

  constructor(fromNs = 0, toNs = Infinity) {
    this.fromNs = Math.max(0, fromNs);
    this.toNs = toNs;
  }

  /** Rows of that time. */
  rows<T extends { timeNs: number }>(rows: readonly T[]): T[] {
    return rows
      .filter(({ timeNs }) => timeNs >= this.fromNs && timeNs < this.toNs)
      .map((row) => ({ ...row, timeNs: row.timeNs - this.fromNs }));
  }

  /** Processes that ran then. */
  processes(rows: readonly ProcessRow[]): ProcessRow[] {
    const { fromNs, toNs } = this;
    return rows
      .filter(({ startedNs, endedNs }) => startedNs < toNs && (endedNs < 0 || endedNs >= fromNs))
      .map((row) => {
        const isEnded = row.endedNs >= 0 && row.endedNs < toNs;
        return {
          ...row,
          startedNs: row.startedNs < fromNs ? -1 : row.startedNs - fromNs,
          endedNs: isEnded ? row.endedNs - fromNs : -1,
          exitCode: isEnded ? row.exitCode : -1,
          exitSignal: isEnded ? row.exitSignal : 0,
          ...(row.recordedFromNs === undefined
            ? {}
            : { recordedFromNs: Math.max(0, row.recordedFromNs - fromNs) }),
          ...(row.recordedUntilNs === undefined
            ? {}
            : { recordedUntilNs: Math.max(0, Math.min(row.recordedUntilNs, toNs) - fromNs) }),
        };
      });
  }

  /**
   * Sets of labels: of those given before the beginning the last of each address, as goroutines
   * may still have it, or inherit it.
   */
  labels(rows: readonly LabelRow[]): LabelRow[] {
    const latestNs = new Map<string, number>();
    for (const { pid, object, timeNs } of rows) {
      if (timeNs > this.fromNs) continue;
      const key = `${pid} ${object}`;
      latestNs.set(key, Math.max(timeNs, latestNs.get(key) ?? 0));
    }
    return rows
      .filter(({ pid, object, timeNs }) => {
        if (timeNs > this.fromNs) return timeNs < this.toNs;
        return timeNs === latestNs.get(`${pid} ${object}`);
      })
      .map((row) => ({ ...row, timeNs: Math.max(0, row.timeNs - this.fromNs) }));
  }
}

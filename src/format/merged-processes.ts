/**
 * The processes of several recordings as those of one, each with a number that no other has.
 *
 * A number that two recordings use is given to the first; in the others the process gets one
 * beyond those that Linux gives. So a process that was recorded twice is two: what its goroutines
 * did between the recordings is not known.
 */
import { recordingProcesses } from './process-rows.ts';
import type { ProcessRow, Recording } from './recording.ts';

/** The largest number of a process is 2^22 on Linux (pid_max, proc_sys_kernel(5)). */
const FIRST_FREE_PID = 2 ** 22 + 1;

/** A recording that is merged. */
export interface MergeInput {
  recording: Recording;
  /** What people call it, e.g. the name of its file. */
  name: string;
}

/** New numbers of the processes of one recording. */
export type PidMap = (pid: number) => number;

export class MergedProcesses {
  readonly rows: ProcessRow[] = [];
  readonly #used = new Set<number>();
  #nextFree = FIRST_FREE_PID;
  /** Of processes that rows name and part `processes` does not. */
  #late: ProcessRow[] = [];

  /**
   * Take in the processes of a recording.
   *
   * @param shiftNs - its beginning, ns since that of the merged one
   * @param endNs - its end, ns since its own beginning
   */
  add({ recording, name }: MergeInput, shiftNs: number, endNs: number): PidMap {
    const { meta } = recording;
    const processes = recordingProcesses(recording);
    const own = new Map<number, number>();
    const numberOf = (pid: number): number => {
      let number = own.get(pid);
      if (number === undefined) own.set(pid, (number = this.#take(pid)));
      return number;
    };
    for (const { pid } of processes) numberOf(pid);
    const source = { host: meta.host, recording: name };
    const from = { recordedFromNs: shiftNs, recordedUntilNs: shiftNs + endNs };
    const moved = (timeNs: number) => (timeNs < 0 ? -1 : timeNs + shiftNs);
    for (const row of processes) {
      this.rows.push({
        ...source,
        recordedPid: row.pid,
        ...from,
        ...row,
        ...(row.recordedFromNs === undefined ? {} : { recordedFromNs: moved(row.recordedFromNs) }),
        ...(row.recordedUntilNs === undefined
          ? {}
          : { recordedUntilNs: moved(row.recordedUntilNs) }),
        pid: numberOf(row.pid),
        parentPid: own.get(row.parentPid) ?? row.parentPid,
        startedNs: moved(row.startedNs),
        endedNs: moved(row.endedNs),
      });
    }
    return (pid) => {
      if (own.has(pid)) return own.get(pid)!;
      const number = numberOf(pid);
      this.#late.push({ ...unknownProcess(number), ...source, recordedPid: pid, ...from });
      return number;
    };
  }

  /** Rows of processes that were met since the last call and were in no part. */
  takeLate(): ProcessRow[] {
    const late = this.#late;
    this.#late = [];
    return late;
  }

  #take(pid: number): number {
    let number = pid;
    while (this.#used.has(number)) number = this.#nextFree++;
    this.#used.add(number);
    return number;
  }
}

function unknownProcess(pid: number): ProcessRow {
  return {
    pid,
    parentPid: 0,
    comm: '',
    command: '',
    startedNs: -1,
    endedNs: -1,
    exitCode: -1,
    exitSignal: 0,
    bias: 0n,
  };
}

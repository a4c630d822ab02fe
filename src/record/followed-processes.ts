/**
 * The processes of a recording, from when they are known to their end; rows of part `processes`.
 *
 * The kernel side tells of first hits, exits and execs with their times. What it cannot tell (it
 * lost it, or the process met no probe yet) is found out by looking at /proc now and then.
 */
import type { ProcessRow } from '../format/recording.ts';
import { executes, type FileIdentity } from './find-processes.ts';
import { NOTICE_WORDS, PROCESS_NOTICE } from './native.ts';
import { processFacts, processState, processUsage } from './process-facts.ts';

interface Followed {
  row: ProcessRow;
  /** CPU time before it was followed, and the last that was read, ns. */
  startCpuNs: number;
  cpuNs: number;
  rssBytes: number;
}

/** What the processes took together since they are followed. */
export interface ProcessUsage {
  cpuNs: number;
  rssBytes: number;
}

export class FollowedProcesses {
  readonly #file: FileIdentity | undefined;
  readonly #running = new Map<number, Followed>();
  /** Of those that have ended. */
  #endedCpuNs = 0;
  #endedCount = 0;
  /**
   * Children that were reaped, and when: of what the kernel side tells of them some may still be
   * in the ring.
   */
  readonly #reaped = new Map<number, { row: ProcessRow; timeNs: number; waitStatus: number }>();
  /** Executed the same file anew and met no probe since. */
  readonly #expected = new Set<number>();
  /** Rows that are new or have changed, by pid; a process that ended and came again has two. */
  #changed: ProcessRow[] = [];

  /** @param file - the executable they all run */
  constructor(file: FileIdentity | undefined) {
    this.#file = file;
  }

  /** Those that run, all there were, and those that executed the file anew and met no probe since. */
  get counts(): { running: number; all: number; expected: number } {
    return {
      running: this.#running.size,
      all: this.#running.size + this.#endedCount,
      expected: this.#expected.size,
    };
  }

  /** Nobody is left who is, or may soon be, followed. */
  get haveEnded(): boolean {
    return this.#running.size === 0 && this.#expected.size === 0;
  }

  /**
   * A process that is known before its first event.
   *
   * @param known - what is known better than /proc says it
   */
  add(pid: number, startedNs: number, known: Partial<ProcessRow> = {}): void {
    const usage = processUsage(pid);
    const row: ProcessRow = {
      pid,
      parentPid: 0,
      comm: '',
      command: '[]',
      startedNs,
      endedNs: -1,
      exitCode: -1,
      exitSignal: 0,
      bias: 0n,
      ...factsOf(pid),
      ...known,
    };
    const startCpuNs = startedNs < 0 ? (usage?.cpuNs ?? 0) : 0;
    this.#running.set(pid, { row, startCpuNs, cpuNs: startCpuNs, rssBytes: 0 });
    this.#changed.push(row);
  }

  /** @param words - of `NativeRecorder.takeProcesses` */
  takeNotices(words: BigUint64Array): void {
    for (let at = 0; at + NOTICE_WORDS <= words.length; at += NOTICE_WORDS) {
      const [what, pid, parentPid, timeNs] = Array.from(words.subarray(at, at + 4), Number);
      if (what === PROCESS_NOTICE.start) {
        this.#start(pid!, timeNs!, {
          parentPid: parentPid!,
          comm: text(words.slice(at + 4, at + 6)),
          bias: words[at + 6]!,
        });
        continue;
      }
      const isExec = what === PROCESS_NOTICE.exec;
      if (this.#reaped.has(pid!)) {
        this.#endedBefore(pid!, timeNs!, isExec);
        continue;
      }
      this.#end(pid!, timeNs!, isExec ? undefined : Number(words[at + 7]));
      if (isExec && this.#file && executes(pid!, this.#file)) this.#expected.add(pid!);
    }
  }

  /**
   * Look whether somebody has ended unnoticed.
   *
   * @param nowNs - since the recording started
   * @param isChild - those are reaped, and told by `exited`
   */
  look(nowNs: number, isChild: (pid: number) => boolean): void {
    for (const pid of [...this.#running.keys(), ...this.#expected]) {
      if (isChild(pid)) continue;
      this.readUsage(pid);
      const state = processState(pid);
      if (state !== undefined && state !== 'Z' && state !== 'X') continue;
      this.#expected.delete(pid);
      this.#end(pid, nowNs, undefined);
    }
  }

  /** A child was reaped. */
  exited(pid: number, nowNs: number, exit: { exitCode: number } | { signal: number }): void {
    this.#expected.delete(pid);
    const waitStatus = 'exitCode' in exit ? exit.exitCode << 8 : exit.signal;
    const row = this.#running.get(pid)?.row;
    this.#end(pid, nowNs, waitStatus);
    if (row !== undefined) this.#reaped.set(pid, { row, timeNs: nowNs, waitStatus });
  }

  /** Rows to write. */
  takeChanged(): ProcessRow[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed.map((row) => ({ ...row }));
  }

  /** What it took is known up to the last time it was read: while it runs, or is not reaped. */
  readUsage(pid: number): void {
    const followed = this.#running.get(pid);
    const usage = followed && processUsage(pid);
    if (usage) Object.assign(followed, usage);
  }

  usage(): ProcessUsage {
    let cpuNs = this.#endedCpuNs;
    let rssBytes = 0;
    for (const [pid, followed] of this.#running) {
      this.readUsage(pid);
      cpuNs += followed.cpuNs - followed.startCpuNs;
      rssBytes += followed.rssBytes;
    }
    return { cpuNs, rssBytes };
  }

  #start(pid: number, timeNs: number, known: Partial<ProcessRow>): void {
    this.#expected.delete(pid);
    const running = this.#running.get(pid);
    const reaped = this.#reaped.get(pid);
    const row = running?.row ?? reaped?.row;
    // The child that was started: known before it met a probe.
    if (row?.startedNs === 0 && row.parentPid === process.pid) {
      row.bias = known.bias ?? 0n;
      row.parentPid = known.parentPid ?? 0;
      this.#changed.push(row);
      return;
    }
    if (running) this.#end(pid, timeNs, undefined);
    this.add(pid, timeNs, known);
    if (reaped === undefined) return;
    // It has ended by now: what was reaped is this one, which the child had executed.
    reaped.row = this.#running.get(pid)!.row;
    this.#end(pid, reaped.timeNs, reaped.waitStatus);
  }

  /** The kernel side tells late how a child that was reaped ended, or began to be another one. */
  #endedBefore(pid: number, timeNs: number, isExec: boolean): void {
    const { row } = this.#reaped.get(pid)!;
    row.endedNs = timeNs;
    if (isExec) Object.assign(row, { exitCode: -1, exitSignal: 0 });
    this.#changed.push(row);
  }

  #end(pid: number, timeNs: number, waitStatus: number | undefined): void {
    this.readUsage(pid);
    const followed = this.#running.get(pid);
    if (followed === undefined) return;
    this.#running.delete(pid);
    this.#endedCount++;
    this.#endedCpuNs += followed.cpuNs - followed.startCpuNs;
    const { row } = followed;
    row.endedNs = timeNs;
    if (waitStatus !== undefined) {
      // wait(2): the low seven bits are the signal, the next byte is the exit code.
      row.exitSignal = waitStatus & 0x7f;
      row.exitCode = row.exitSignal === 0 ? (waitStatus >> 8) & 0xff : -1;
    }
    this.#changed.push(row);
  }
}

function factsOf(pid: number): Partial<ProcessRow> {
  try {
    const { comm, command, parentPid } = processFacts(pid);
    return { comm, command: JSON.stringify(command), parentPid };
  } catch {
    return {};
  }
}

/** Bytes in two words, up to the first zero. */
function text(words: BigUint64Array): string {
  const bytes = new Uint8Array(words.buffer);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** What /proc says of a process; Linux only. Formats: proc(5). */
import { readFileSync, readlinkSync } from 'node:fs';
import { UserError } from '../format/errors.ts';

export interface ProcessFacts {
  pid: number;
  comm: string;
  /** argv, as far as the process left it in place. */
  command: string[];
  /** Path of the executable as the process sees it, for display; open `/proc/PID/exe` instead. */
  program: string;
  /** 0 unknown. */
  parentPid: number;
}

/**
 * Who a process is.
 *
 * @throws UserError when it does not exist, is a kernel thread or a zombie, or may not be looked at
 */
export function processFacts(pid: number): ProcessFacts {
  const comm = readProc(pid, 'comm').trimEnd();
  const command = readProc(pid, 'cmdline').split('\0').slice(0, -1);
  let program: string;
  try {
    program = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw noPermission(pid, comm);
    if (processState(pid) === 'Z') throw new UserError(`process ${pid} (${comm}) has ended`);
    throw new UserError(`process ${pid} (${comm}) is a thread of the kernel, not a Go program`);
  }
  return { pid, comm, command, program, parentPid: Number(statFields(pid)?.[1] ?? 0) };
}

/** The state letter of proc(5), `Z` for ended; undefined when there is no such process. */
export function processState(pid: number): string | undefined {
  return statFields(pid)?.[0];
}

/**
 * When a process began, s since the machine did, to 10 ms; compare with `uptimeS`.
 *
 * @returns undefined when it has ended
 */
export function startedAtS(pid: number): number | undefined {
  // starttime is field 22 of proc(5); ours begin at 3. USER_HZ is 100.
  const ticks = statFields(pid)?.[19];
  return ticks === undefined ? undefined : Number(ticks) / 100;
}

/** S since the machine began. */
export function uptimeS(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/** CPU time and memory of a process so far; undefined when nobody waits for its end any more. */
export function processUsage(pid: number): { cpuNs: number; rssBytes: number } | undefined {
  const fields = statFields(pid);
  if (fields === undefined) return undefined;
  // utime and stime are fields 14 and 15 of proc(5), rss 24; ours begin at 3. USER_HZ is 100 and
  // pages are 4 KiB on every Linux that xgotop runs on.
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuNs: ticks * 1e7, rssBytes: Number(fields[21]) * 4096 };
}

/**
 * What is added to an executable's addresses in this process: 0 for a static one.
 *
 * @param fileOffset - of any byte that is mapped from the executable
 * @param address - of the same byte, as in the file
 * @returns undefined when the process does not map it (it has ended or execed)
 */
export function loadBias(pid: number, fileOffset: number, address: number): number | undefined {
  const exe = readlinkSync(`/proc/${pid}/exe`);
  for (const line of readProc(pid, 'maps').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+\s+(.*)$/.exec(line);
    if (match?.[4] !== exe) continue;
    const [start, end, mapped] = [match[1]!, match[2]!, match[3]!].map((hex) => parseInt(hex, 16));
    const within = fileOffset - mapped!;
    if (within >= 0 && within < end! - start!) return start! + within - address;
  }
  return undefined;
}

/** Fields of /proc/PID/stat from the state on; the name before them may hold anything. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw noPermission(pid, undefined);
    throw new UserError(`there is no process ${pid}`, 'pgrep -l NAME finds a process by its name', {
      cause: error,
    });
  }
}

function noPermission(pid: number, comm: string | undefined): UserError {
  const name = comm === undefined ? '' : ` (${comm})`;
  return new UserError(
    `no permission to trace process ${pid}${name}`,
    'run it as root (sudo), or give node CAP_SYS_PTRACE; xgotop doctor tells more',
  );
}

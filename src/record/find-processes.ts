/** Which processes run an executable, have a name, or are in a cgroup: /proc and cgroupfs, looked through once. */
import { readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { UserError } from '../format/errors.ts';

/** What tells one executable file from another. */
export interface FileIdentity {
  dev: bigint;
  ino: bigint;
}

/** CGROUP2_SUPER_MAGIC of linux/magic.h. */
const CGROUP2_MAGIC = 0x63677270;

/** A process's name is cut to this by the kernel (TASK_COMM_LEN - 1). */
const COMM_BYTES = 15;

/** @returns undefined when there is no such file, or it may not be looked at */
export function fileIdentity(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return { dev, ino };
  } catch {
    return undefined;
  }
}

/** Whether a process runs this very file now. */
export function executes(pid: number, file: FileIdentity): boolean {
  const own = fileIdentity(`/proc/${pid}/exe`);
  return own !== undefined && own.dev === file.dev && own.ino === file.ino;
}

/** A name as the kernel keeps it. */
export function cutComm(name: string): string {
  return Buffer.from(name).subarray(0, COMM_BYTES).toString();
}

/** The name of a process; undefined when it has ended. */
export function commOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}

/** All processes that can be seen, in the order of their numbers. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * The kernel's id of a cgroup: the inode of its folder.
 *
 * @param path - its folder in the cgroup file system
 * @throws UserError when it is not a cgroup of version 2
 */
export function cgroupId(path: string): bigint {
  const identity = fileIdentity(path);
  if (identity === undefined) {
    throw new UserError(
      `${path}: no such cgroup`,
      'cat /proc/PID/cgroup names the cgroup of a process, below the folder where cgroup2 is mounted',
    );
  }
  if (statfsSync(path).type !== CGROUP2_MAGIC) {
    throw new UserError(
      `${path} is not a cgroup of version 2`,
      'findmnt -t cgroup2 says where these are',
    );
  }
  return identity.ino;
}

/** Processes in a cgroup and those below it, as far as they can be seen from here. */
export function cgroupPids(path: string): number[] {
  const pids: number[] = [];
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      const listed = readFileSync(`${folder}/cgroup.procs`, 'utf8').split('\n').map(Number);
      // 0 is a process of a PID namespace that we do not see.
      pids.push(...listed.filter((pid) => pid > 0));
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) folders.push(`${folder}/${entry.name}`);
      }
    } catch {
      // Removed meanwhile, or a threaded cgroup, whose processes are listed above it.
    }
  }
  return pids.sort((a, b) => a - b);
}

/** The user behind sudo: who owns the recording and whom a started program runs as. */
import { readFileSync } from 'node:fs';

export interface InvokingUser {
  uid: number;
  gid: number;
  /** All groups of the user, `gid` included. */
  groups: number[];
  name: string;
  home: string;
}

/**
 * Whoever called sudo; undefined when nobody did (a plain user, or root itself).
 *
 * @param env - environment of this process; sudo sets SUDO_UID and SUDO_GID (sudo(8))
 */
export function invokingUser(env: NodeJS.ProcessEnv = process.env): InvokingUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const uid = Number(env['SUDO_UID']);
  const gid = Number(env['SUDO_GID']);
  if (!Number.isInteger(uid) || !Number.isInteger(gid) || uid === 0) return undefined;
  const name = env['SUDO_USER'] ?? String(uid);
  const entry = readLines('/etc/passwd').find((fields) => fields[2] === String(uid));
  const groups = readLines('/etc/group')
    .filter((fields) => (fields[3] ?? '').split(',').includes(name))
    .map((fields) => Number(fields[2]));
  return { uid, gid, groups: [...new Set([gid, ...groups])], name, home: entry?.[5] ?? '/' };
}

function readLines(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    // No such database (a bare container): the numbers alone are enough.
    return [];
  }
}

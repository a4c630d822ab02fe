/**
 * Is the code of a process its own, or does it hold breakpoints?
 *
 * Compares every byte of the executable's code as it is mapped with the file: a uprobe that
 * somebody left behind is a byte that differs.
 */
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';

/**
 * Bytes of a process's code that are not the executable's.
 *
 * @returns undefined when the process ended, or executes another image meanwhile
 */
export function foreignCodeBytes(pid: number): number | undefined {
  try {
    const before = mappings(pid);
    const count = before.reduce((sum, mapping) => sum + differences(pid, mapping), 0);
    const isSame = JSON.stringify(before) === JSON.stringify(mappings(pid));
    return before.length > 0 && isSame ? count : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EIO') return undefined;
    throw error;
  }
}

interface Mapping {
  address: number;
  byteLength: number;
  fileOffset: number;
}

/** Where the executable's code is mapped. */
function mappings(pid: number): Mapping[] {
  const exe = readlinkSync(`/proc/${pid}/exe`);
  const found: Mapping[] = [];
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) \S+ \d+\s+(.*)$/.exec(line);
    if (match?.[4] !== exe) continue;
    const [address, end, fileOffset] = match.slice(1, 4).map((hex) => parseInt(hex, 16));
    found.push({ address: address!, byteLength: end! - address!, fileOffset: fileOffset! });
  }
  return found;
}

function differences(pid: number, { address, byteLength, fileOffset }: Mapping): number {
  const memory = readAt(`/proc/${pid}/mem`, address, byteLength);
  const file = readAt(`/proc/${pid}/exe`, fileOffset, byteLength);
  let count = 0;
  // The last page goes on beyond what the file has for it.
  for (let i = 0; i < file.length; i++) if (memory[i] !== file[i]) count++;
  return count;
}

function readAt(path: string, position: number, byteLength: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(byteLength);
    return bytes.subarray(0, readSync(fd, bytes, 0, byteLength, position));
  } finally {
    closeSync(fd);
  }
}

/** An executable on disk, read range by range. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../format/errors.ts';
import type { ExecutableBytes } from '../golang/index.ts';

/**
 * Open an executable for reading.
 *
 * @param path - may be `/proc/PID/exe`, which reaches into containers
 * @throws UserError when it is missing, not a file or not readable
 */
export function openExecutable(path: string): ExecutableBytes & { close(): void } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new UserError(
        `no permission to read ${path}`,
        'run it as root (sudo), or as the user it belongs to',
      );
    }
    throw new UserError(`${path}: no such file`);
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new UserError(`${path} is not a file`);
  }
  return {
    byteLength: stat.size,
    read(byteOffset, byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(byteLength, stat.size - byteOffset)));
      let done = 0;
      while (done < bytes.length) {
        const got = readSync(fd, bytes, done, bytes.length - done, byteOffset + done);
        if (got === 0) break;
        done += got;
      }
      return bytes.subarray(0, done);
    },
    close: () => closeSync(fd),
  };
}

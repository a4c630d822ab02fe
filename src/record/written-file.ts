/**
 * Whether a file is being written by a recorder: each holds a lock on what it writes.
 *
 * The lock goes with the process, however that ends, so that nothing is left to be cleared away.
 */
import { fstatSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../format/errors.ts';
import { loadNative, type Native } from './native.ts';

/** @returns false when another holds the lock; true also where there are no locks */
export type LockFile = (fd: number) => boolean;

/** The kernel's lock; without the addon nobody records here, so that all is free. */
export function kernelLock(): LockFile {
  let native: Native;
  try {
    native = loadNative();
  } catch {
    return () => true;
  }
  return (fd) => {
    try {
      return native.lockFile(fd);
    } catch {
      return true; // a file system without locks
    }
  };
}

/**
 * Take the place of a file: nobody else will while the handle is open.
 *
 * @returns undefined when it is gone, or may not be opened
 * @throws UserError when a recorder writes it, or is about to replace it
 */
export async function lockExisting(path: string, lock: LockFile): Promise<FileHandle | undefined> {
  for (;;) {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch {
      return undefined;
    }
    if (!lock(handle.fd)) {
      await handle.close();
      throw inUse(path);
    }
    // Whoever held it may have put another file there meanwhile.
    const now = statSync(path, { throwIfNoEntry: false });
    const { ino, dev } = fstatSync(handle.fd);
    if (now?.ino === ino && now.dev === dev) return handle;
    await handle.close();
  }
}

/** What to say of a file that a recorder writes. */
export function inUse(path: string): UserError {
  return new UserError(
    `${path} is being written by another xgotop`,
    'choose another name with -o, or end that recording first',
  );
}

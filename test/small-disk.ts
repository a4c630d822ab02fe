/** A disk that is soon full: a small tmpfs. Needs root; without, such tests are skipped with a reason. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, it } from 'vitest';

/** @returns a test that is handed the folder of a disk of so many bytes, or is skipped */
export function onSmallDisk(
  sizeBytes: number,
): (name: string, run: (folder: string) => Promise<void>) => void {
  const folder = mkdtempSync(join(tmpdir(), 'xgotop-small-disk-'));
  let reason: string | undefined;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    reason = `no tmpfs can be mounted: ${(error as Error).message.split('\n')[0]!}`;
    rmSync(folder, { recursive: true });
    if (process.env['REQUIRE_KERNEL'] === '1') throw new Error(`REQUIRE_KERNEL=1, but ${reason}`);
    console.warn(`tests of a full disk are skipped: ${reason}`);
  }
  afterAll(() => {
    if (reason !== undefined) return;
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  return (name, run) => {
    (reason === undefined ? it : it.skip)(name, () => run(folder));
  };
}

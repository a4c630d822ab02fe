import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';

const BIN = fileURLToPath(new URL('../../bin/xgotop', import.meta.url));
/** Bit of CAP_SYS_PTRACE: labels and joining processes are read from memory. */
const SYS_PTRACE = 1n << 19n;

kernelTest('a recorder has no capability once it has attached but to read memory', async () => {
  const steady = spawn(buildGoProgram('test/kernel/testdata/steady'), { stdio: 'pipe' });
  const output = join(mkdtempSync(join(tmpdir(), 'xgotop-dropped-')), 'run.arrow');
  const recorder = spawn(
    process.execPath,
    [BIN, 'record', '-p', `${steady.pid!}`, '-o', output, '--duration', '60s'],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  const effective = () =>
    BigInt(
      `0x${/CapEff:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${recorder.pid!}/status`, 'utf8'))![1]!}`,
    );
  try {
    await vi.waitFor(() => expect(effective() & ~SYS_PTRACE).toBe(0n), { timeout: 30_000 });
    recorder.kill('SIGINT');
    expect(await new Promise((resolve) => recorder.on('close', resolve))).toBe(0);
  } finally {
    recorder.kill('SIGKILL');
    steady.kill('SIGKILL');
  }
});

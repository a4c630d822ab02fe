/**
 * A program that checks itself is the same with recorders as without: it is never hurt.
 *
 * STRESS_SECONDS says how long in all (a minute when absent), STRESS_TOOLCHAINS=all adds every
 * version of Go; `npm run test:stress` sets both.
 */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { foreignCodeBytes } from './own-code.ts';
import { StressProgram, type StressBuild } from './stress-program.ts';
import { killedVisit, stalledVisit, visit } from './visits.ts';

const SECONDS = Number(process.env['STRESS_SECONDS'] ?? 60);
const GO_1_19 = '/usr/lib/go-1.19/bin/go';

const BUILDS: StressBuild[] = [
  { toolchain: 'local', cgo: true },
  { toolchain: 'go1.22.12', cgo: false },
];
const MORE_BUILDS: StressBuild[] = [
  { toolchain: 'local', cgo: false },
  { toolchain: 'go1.22.12', cgo: true },
  ...['go1.27.4', 'go1.25.14', 'go1.24.13', 'go1.23.12', 'go1.21.13', 'go1.20.14'].flatMap(
    (toolchain) => [false, true].map((cgo) => ({ toolchain, cgo })),
  ),
  ...(existsSync(GO_1_19) ? [{ toolchain: GO_1_19, cgo: true }] : []),
];
const builds = process.env['STRESS_TOOLCHAINS'] === 'all' ? [...BUILDS, ...MORE_BUILDS] : BUILDS;

/** What each fact has of a build's time; what is left is for what began late to end. */
const SHARES = { visits: 0.5, kills: 0.35, stalls: 0.13 };
const buildSeconds = SECONDS / builds.length;
const timeout = buildSeconds * 2000 + 120_000;

describe.for(builds)('a program of Go $toolchain, cgo $cgo', ({ toolchain, cgo }) => {
  let program: StressProgram;
  beforeAll(() => {
    program = new StressProgram({ toolchain, cgo }, Math.ceil(buildSeconds * 2) + 120);
  }, 300_000);
  afterAll(() => program.kill());

  /** Visit again and again for a share of the time, once at least. */
  async function visits(share: number, pay: (round: number) => Promise<string[]>) {
    const end = performance.now() + buildSeconds * share * 1000;
    const wrong: string[] = [];
    let count = 0;
    do wrong.push(...(await pay(count++)));
    while (performance.now() < end && wrong.length === 0 && program.isRunning);
    expect({ count, wrong, stderr: program.stderr }).toEqual({ count, wrong: [], stderr: '' });
    expect(program.isRunning).toBe(true);
  }

  kernelTest('is its own while nobody records it', async () => {
    await expect.poll(() => program.rounds, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(foreignCodeBytes(program.pid)).toBe(0);
  });

  kernelTest('is recorded soundly by recorders that come and go', { timeout }, () =>
    visits(SHARES.visits, (round) => visit(program, round)),
  );

  kernelTest('is its own again after recorders were killed at any moment', { timeout }, () =>
    visits(SHARES.kills, (round) => killedVisit(program, round, Math.random() * 1500)),
  );

  kernelTest('does not wait for a recorder that stalls', { timeout }, () =>
    visits(SHARES.stalls, () => stalledVisit(program)),
  );

  kernelTest('ends with all of its results right', { timeout }, async () => {
    const { code, signal, said, stderr } = await program.finish();
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const [, rounds, execs] = /^ok (\d+) (\d+)$/.exec(said)!.map(Number);
    expect(rounds).toBeGreaterThan(50 * buildSeconds);
    expect(execs).toBeGreaterThan(0);
  });
});

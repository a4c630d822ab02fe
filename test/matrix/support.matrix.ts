/**
 * What is recorded of programs built by real toolchains in all the usual ways; docs/support.md.
 *
 * Not among the tests of every day: `npm run test:matrix`. A row that differs fails its test and
 * still stands on the page.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect } from 'vitest';
import { planProbes } from '../../src/golang/index.ts';
import { openFile } from '../golang/build-go.ts';
import { buildGoProgram, type GoBuild } from '../kernel/go-program.ts';
import { kernelTest } from '../kernel-support.ts';
import { compareBuild } from './compare-build.ts';
import { compareRelease } from './compare-release.ts';
import { writeSupportPage, type SupportRow } from './support-table.ts';

/** Where Debian puts the version that is older than toolchains to fetch. */
const GO_1_19 = '/usr/lib/go-1.19/bin/go';
const PROFILES = fileURLToPath(new URL('../../.cache/profiles', import.meta.url));

const TOOLCHAINS: [version: string, toolchain: string][] = [
  ['1.19', GO_1_19],
  ...['1.20.14', '1.21.13', '1.22.12', '1.23.12', '1.24.13', '1.25.14', '1.26.11', '1.27.4'].map(
    (version): [string, string] => [version, `go${version}`],
  ),
];

const STATIC = { CGO_ENABLED: '0' };
const BUILDS: [build: string, options: (toolchain: string) => Omit<GoBuild, 'toolchain'>][] = [
  ['plain', () => ({ environment: STATIC })],
  ['-s -w', () => ({ environment: STATIC, flags: ['-ldflags=-s -w'] })],
  ['PIE', () => ({ environment: STATIC, flags: ['-buildmode=pie'] })],
  [
    'cgo, external link',
    () => ({ environment: { CGO_ENABLED: '1' }, flags: ['-ldflags=-linkmode=external'] }),
  ],
  ['-trimpath', () => ({ environment: STATIC, flags: ['-trimpath'] })],
  ['PGO', (toolchain) => ({ environment: STATIC, flags: [`-pgo=${profileOf(toolchain)}`] })],
];

/** The newest of each minor version. */
const RELEASES = [
  '0.17.19', '0.18.20', '0.19.12', '0.20.2', '0.21.5', '0.22.0',
  '0.23.1', '0.24.2', '0.25.12', '0.26.0', '0.27.7', '0.28.2',
]; // prettier-ignore

/**
 * Differences that are known, and whose they are: before Go 1.20 the collector's workers only
 * pretend to wait while they mark, with the reason left from when they did.
 */
const KNOWN: Record<string, { pattern: RegExp; verdict: string }> = {
  '1.19': {
    pattern: /running->waiting \(GC worker \(idle\)\)/,
    verdict: "agrees, but for the collector's workers, whose marking looks like waiting",
  },
};

/** A profile of the runtime at work, taken once of the same Go. */
function profileOf(toolchain: string): string {
  mkdirSync(PROFILES, { recursive: true });
  const path = join(PROFILES, `${toolchain}.pprof`);
  if (!existsSync(path)) {
    const program = buildGoProgram('test/kernel/testdata/pgo', { toolchain });
    execFileSync(program, ['profile', path], { stdio: 'ignore' });
  }
  return path;
}

const row = (version: string, build: string): SupportRow => ({
  version,
  build,
  events: undefined,
  compared: '-',
  differences: undefined,
  verdict: 'failed',
});
const built = TOOLCHAINS.flatMap(([version, toolchain]) =>
  BUILDS.map(([build, options]) => ({ toolchain, options, row: row(version, build) })),
);
const releases = RELEASES.map((version) => ({ version, row: row(version, '-') }));

afterAll(() => {
  writeSupportPage({
    built: built.map((test) => test.row),
    releases: releases.map((test) => test.row),
  });
});

describe('one program', () => {
  kernelTest.for(built)('Go $row.version $row.build', async ({ toolchain, options, row }) => {
    if (toolchain === GO_1_19 && (!existsSync(GO_1_19) || row.build === 'PGO')) {
      row.verdict = row.build === 'PGO' ? 'that Go has no PGO' : 'not at hand';
      expect(row.events).toBeUndefined();
      return;
    }
    const program = buildGoProgram('test/kernel/testdata/traced', {
      toolchain,
      ...options(toolchain),
    });
    const { inlinedSites } = planProbes(openFile(program), ['sched', 'alloc', 'gc']);
    const isOurClock = Number(row.version.split('.')[1]) >= 22;
    const { differencesInWords, ...facts } = await compareBuild(program, isOurClock);
    Object.assign(row, facts);
    const known = KNOWN[row.version];
    const unknown = differencesInWords.filter((said) => !known?.pattern.test(said));
    row.verdict = unknown.length === 0 ? 'agrees' : 'differs';
    if (unknown.length === 0 && differencesInWords.length > 0) row.verdict = known!.verdict;
    if (inlinedSites.length > 0) {
      // The recorder says so as well; what is not seen cannot agree.
      row.verdict += `; warns of ${inlinedSites.length} places it cannot see`;
      expect(inlinedSites).not.toEqual([]);
      return;
    }
    expect(unknown.slice(0, 5)).toEqual([]);
  });
});

describe('releases of esbuild', () => {
  kernelTest.for(releases)('$version', async ({ version, row }) => {
    const { goVersion, differencesInWords, ...facts } = await compareRelease(version);
    Object.assign(row, facts, { build: goVersion.replace('go', '') });
    row.verdict = differencesInWords.length === 0 ? 'agrees' : 'differs';
    expect(differencesInWords.slice(0, 5)).toEqual([]);
  });
});

/** A release of esbuild, recorded while it bundles, as a row. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokenChains } from '../kernel/state-chains.ts';
import {
  compareCreated,
  compareEnded,
  compareLives,
  compareStates,
  recordTraced,
} from '../kernel/trace-comparison.ts';
import { lossesOf, type Compared } from './compare-build.ts';

const CACHE = fileURLToPath(new URL('../../.cache/esbuild', import.meta.url));
const require = createRequire(import.meta.url);
/** Something of a few hundred files to bundle. */
const ENTRY = join(dirname(require.resolve('apache-arrow')), 'Arrow.mjs');

/** Path of a release's executable; fetched once, by npm. */
function release(version: string): string {
  const folder = join(CACHE, version);
  const path = join(folder, 'package', 'bin', 'esbuild');
  if (existsSync(path)) return path;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, encoding: 'utf8' as const };
  const packed = execFileSync(
    'npm',
    ['pack', '--silent', `@esbuild/linux-x64@${version}`],
    options,
  );
  execFileSync('tar', ['xzf', packed.trim().split('\n').at(-1)!], options);
  return path;
}

/** Bundle with a release, alone and recorded beside Go's own tracer. */
export async function compareRelease(version: string): Promise<Compared & { goVersion: string }> {
  const esbuild = release(version);
  const dir = mkdtempSync(join(tmpdir(), 'xgotop-release-'));
  try {
    const args = (out: string) => [ENTRY, '--bundle', '--platform=node', `--outfile=${out}`];
    const [alone, recorded] = [join(dir, 'alone.js'), join(dir, 'recorded.js')];
    execFileSync(esbuild, args(alone), { stdio: 'ignore' });
    const run = await recordTraced(esbuild, (path) => [...args(recorded), `--trace=${path}`]);
    const { recording, ours } = run;
    const { goVersion } = recording.meta;
    const hasMonotonicTimes = Number(goVersion.split('.')[1]) >= 22;
    const created = compareCreated(run);
    const ended = compareEnded(run);
    const changes = hasMonotonicTimes ? compareStates(run) : compareLives(run);
    const known = new Set<number>();
    const unknown = ours.filter(({ event, goid }) => {
      if (event === 'go_create') known.add(goid);
      return event.startsWith('go_') && !known.has(goid);
    });
    const [written, expected] = [readFileSync(recorded), readFileSync(alone)];
    const differencesInWords = [
      ...(recording.end.get('exit_code') === '0' ? [] : ['it failed']),
      ...(written.equals(expected) ? [] : ['it wrote another bundle']),
      ...[created, ended, changes].flatMap(({ differences }) => differences),
      ...unknown.map(({ goid, timeNs }) => `g${goid} was never created, at ${timeNs}`),
      ...brokenChains(ours),
      ...lossesOf(recording),
    ];
    return {
      goVersion,
      events: ours.length,
      compared: [
        `${created.compared} created`,
        `${ended.compared} ended`,
        `${changes.compared} changes`,
        `${expected.length} bytes written`,
      ].join(', '),
      differences: differencesInWords.length,
      differencesInWords,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A release of esbuild, recorded while it bundles, as a row. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecording } from '../kernel/recorded-events.ts';
import { brokenChains } from '../kernel/state-chains.ts';
import { xgotop } from '../kernel/xgotop.ts';
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

/** Bundle with a release, alone and recorded. */
export async function compareRelease(version: string): Promise<Compared & { goVersion: string }> {
  const esbuild = release(version);
  const dir = mkdtempSync(join(tmpdir(), 'xgotop-release-'));
  try {
    const args = (out: string) => [ENTRY, '--bundle', '--platform=node', `--outfile=${out}`];
    const [alone, recorded] = [join(dir, 'alone.js'), join(dir, 'recorded.js')];
    const path = join(dir, 'run.arrow');
    execFileSync(esbuild, args(alone), { stdio: 'ignore' });
    const record = ['record', '-e', 'sched,alloc,gc', '-o', path];
    const ran = await xgotop([...record, '--', esbuild, ...args(recorded)]);
    const { recording, events } = await readRecording(path);
    const created = new Set<number>();
    const unknown = events.filter(({ event, goid }) => {
      if (event === 'go_create') created.add(goid);
      return event.startsWith('go_') && !created.has(goid);
    });
    const [written, expected] = [readFileSync(recorded), readFileSync(alone)];
    const differencesInWords = [
      ...(ran.code === 0 && recording.end.get('exit_code') === '0' ? [] : [`exit: ${ran.stderr}`]),
      ...(written.equals(expected) ? [] : ['it wrote another bundle']),
      ...unknown.map(({ goid, timeNs }) => `g${goid} was never created, at ${timeNs}`),
      ...brokenChains(events),
      ...lossesOf(recording),
    ];
    const changes = events.filter(({ event }) => event.startsWith('go_')).length;
    return {
      goVersion: recording.meta.goVersion,
      events: events.length,
      compared: `${created.size} goroutines, ${changes} changes, ${expected.length} bytes written`,
      differences: differencesInWords.length,
      differencesInWords,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

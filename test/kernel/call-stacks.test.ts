/** Stacks of calls and allocations are those that runtime.Callers tells of the same line. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { openRecording } from '../../src/format/index.ts';
import { openFileSource } from '../../src/query/file-source.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { framesOfStacks } from './stack-traces.ts';
import { xgotop } from './xgotop.ts';

const TOOLCHAINS = ['go1.22.12', 'go1.24.13', 'local', 'go1.27.4'];
/** Each is told twice, at two depths; allocations at three places, sixty times. */
const TOLD = 2 * (3 * 60 + 15);

/** An event, and the functions of package main it happened under, with their lines. */
async function readStacks(path: string): Promise<string[]> {
  const source = await openFileSource(path);
  const recording = await openRecording(source);
  const frames = framesOfStacks(recording);
  const told: string[] = [];
  for (const { chunkIndex, rowCount } of recording.chunks) {
    const { event, stack } = await recording.readEvents(chunkIndex, ['event', 'stack']);
    for (let row = 0; row < rowCount; row++) {
      const own = frames(stack[row]!).filter((frame) => frame.startsWith('main.'));
      if (own.length > 0) told.push([recording.dictionaries.event[event[row]!], ...own].join(' '));
    }
  }
  source.close();
  return told;
}

describe.for(TOOLCHAINS)('a program of %s', (toolchain) => {
  kernelTest('is seen where it says it is', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'xgotop-callers-')), 'run.arrow');
    const program = buildGoProgram('test/kernel/testdata/callers', { toolchain });
    const ran = await xgotop([
      'record', '-e', 'all', '--stacks', 'all=128', '-o', path, '--', program,
    ]); // prettier-ignore
    expect(ran.stderr).toMatch(/ 0 lost; callers-/);
    const said = ran.stdout.trim().split('\n');
    expect(said).toHaveLength(TOLD);
    const seen = new Set(await readStacks(path));
    expect(said.filter((line) => !seen.has(line))).toEqual([]);
  });
});

/** Profiler labels that were set before the recording are in it, and what is created inherits them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { xgotop } from './xgotop.ts';

const BUILDS = [
  ['go1.20.14', []],
  ['go1.22.12', ['-ldflags=-s -w']],
  ['go1.23.12', []],
  ['go1.25.14', []],
  ['local', ['-ldflags=-s -w']],
  ['go1.27.4', []],
] as const;

describe.for(BUILDS)('a program of %s %j that runs already', ([toolchain, flags]) => {
  kernelTest('has the labels it set on itself and on two others', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'xgotop-labels-')), 'run.arrow');
    const program = buildGoProgram('test/kernel/testdata/steady', { toolchain, flags: [...flags] });
    const steady = spawn(program, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(steady.stdout, 'data');
      const ran = await xgotop([
        'record', '-e', 'sched,labels', '-p', `${steady.pid!}`, '-d', '500ms', '-o', path,
      ]); // prettier-ignore
      expect(ran.stderr).toMatch(/ 0 lost; /);
    } finally {
      steady.kill('SIGKILL');
    }
    const asked = await xgotop([
      'query',
      path,
      `SELECT key, value, inherited, count(*) > 20 AS many, array_agg(DISTINCT func) AS funcs
        FROM labels JOIN goroutines USING (pid, goid) WHERE NOT is_system OR goid = 1
        GROUP BY ALL ORDER BY many`,
      '--format',
      'json',
    ]);
    const label = { key: 'tenant', value: 'blue' };
    expect(JSON.parse(asked.stdout)).toMatchObject([
      { ...label, inherited: null, many: false },
      { ...label, inherited: true, many: true },
    ]);
    const counted = await xgotop(['query', path, 'SELECT count(*) FROM labels WHERE time_ns = 0']);
    expect(counted.stdout.split('\n')[1]).toBe('3');
  });
});

/** Stacks of the recording are those that Go's own execution tracer took of the same run. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { goCommand } from '../go-command.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { compareStacks, readOurStacks, readTraceStacks, type StackEvent } from './stack-traces.ts';
import { xgotop } from './xgotop.ts';

/** Before 1.22 times of the tracer cannot be compared. */
const TOOLCHAINS = ['local', 'go1.25.14', 'go1.24.13', 'go1.23.12', 'go1.22.12'];

describe.for(TOOLCHAINS)('beside the execution tracer of %s', (toolchain) => {
  let theirs: StackEvent[];
  let ours: StackEvent[];
  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'xgotop-stacks-'));
    const [tracePath, path] = [join(dir, 'go.trace'), join(dir, 'run.arrow')];
    const program = buildGoProgram('test/kernel/testdata/traced', { toolchain });
    const ran = await xgotop([
      'record', '-e', 'sched', '--stacks', 'sched=128', '-o', path, '--', program, tracePath,
    ]); // prettier-ignore
    if (ran.code !== 0) throw new Error(ran.stderr);
    theirs = await readTraceStacks(goCommand(), tracePath);
    ours = await readOurStacks(path);
  });

  kernelTest.for<[what: string, transition: string, atLeast: number]>([
    ['creations', 'NotExist->Runnable', 400],
    ['blocking', 'Running->Waiting', 2000],
    ['wake-ups', 'Waiting->Runnable', 1500],
    ['system calls', 'Running->Syscall', 500],
  ])('stacks of %s agree, frame by frame', ([, transition, atLeast]) => {
    const { compared, equal, differences } = compareStacks(theirs, ours, transition);
    expect(compared).toBeGreaterThan(atLeast);
    expect([...differences].slice(0, compared - equal > compared / 1000 ? 3 : 0)).toEqual([]);
  });
});

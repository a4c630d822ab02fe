import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { capabilityMask, type Capability } from '../../src/record/capabilities.ts';
import { dropCapabilities } from '../../src/record/drop-capabilities.ts';
import { kernelTest } from '../kernel-support.ts';

const ADDON = fileURLToPath(new URL('../../build/Release/recorder.node', import.meta.url));

it.for<
  [
    what: string,
    works: { mapLookup: boolean; processStat: boolean },
    keep: Capability[],
    kept: Capability[],
  ]
>([
  ['nothing where nothing is needed', { mapLookup: true, processStat: true }, [], []],
  ['what was asked for', { mapLookup: true, processStat: true }, ['KILL'], ['KILL']],
  ['BPF where lookups need it', { mapLookup: false, processStat: true }, [], ['BPF']],
  ['SYS_PTRACE where /proc hides', { mapLookup: true, processStat: false }, [], ['SYS_PTRACE']],
  ['each once', { mapLookup: false, processStat: true }, ['BPF', 'KILL'], ['BPF', 'KILL']],
])('keeps %s', ([, works, keep, kept]) => {
  const masks: bigint[] = [];
  const dropped = dropCapabilities(
    {
      withoutCapabilities: () => works,
      dropCapabilities: (mask) => {
        masks.push(mask);
        return 0;
      },
    },
    { pid: 1, keep },
  );
  expect(dropped).toEqual({ kept, obstacle: undefined });
  expect(masks).toEqual([capabilityMask(kept)]);
});

it.for<[string, () => number, RegExp]>([
  ['threads that do not answer', () => 2, /^2 threads keep/],
  [
    'a refusal',
    () => {
      throw new Error('EPERM: capset');
    },
    /^EPERM: capset$/,
  ],
])('says of %s and goes on', ([, drop, obstacle]) => {
  const works = { mapLookup: true, processStat: true };
  const native = { withoutCapabilities: () => works, dropCapabilities: drop };
  expect(dropCapabilities(native, { pid: 1 }).obstacle).toMatch(obstacle);
});

/** In a process of its own, as it is for good: V8's and libuv's threads are there already. */
const SCRIPT = `
  const { readdirSync, readFileSync } = require('node:fs');
  const native = require(process.argv[1]);
  require('node:dns').lookup('localhost', () => {
    const tasks = () => readdirSync('/proc/self/task').map((tid) => {
      const status = readFileSync('/proc/self/task/' + tid + '/status', 'utf8');
      return [/CapPrm:\\s*(\\w+)/.exec(status)[1], /CapEff:\\s*(\\w+)/.exec(status)[1], /NoNewPrivs:\\s*(\\d)/.exec(status)[1]].join(' ');
    });
    const before = tasks().length;
    const unreached = native.dropCapabilities(32n);
    const child = require('node:child_process').execFileSync('grep', ['CapEff', '/proc/self/status'], { encoding: 'utf8' });
    console.log(JSON.stringify({ before, unreached, tasks: [...new Set(tasks())], child: child.trim(), obstacle: native.probeSupport() }));
  });
`;

kernelTest('no thread, and nothing that is executed, has more than what is kept', () => {
  const text = execFileSync(process.execPath, ['-e', SCRIPT, ADDON], { encoding: 'utf8' });
  const facts = JSON.parse(text) as Record<string, unknown>;
  const hasKill = process.getuid?.() === 0;
  const mask = hasKill ? '0000000000000020' : '0000000000000000';
  expect(facts).toMatchObject({
    unreached: 0,
    tasks: [`${mask} ${mask} 1`],
    child: `CapEff:\t${mask}`,
    obstacle: { code: 'EPERM' },
  });
  expect(facts['before']).toBeGreaterThan(5);
});

/**
 * Recording with capabilities in the place of root.
 *
 * The user stays 0, so that it can read the checkout wherever it is, but has no capability
 * except those that are given: for the kernel's tests the user's number is nothing.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { readRecording } from './recorded-events.ts';

const BIN = fileURLToPath(new URL('../../bin/xgotop', import.meta.url));
const ADDON = fileURLToPath(new URL('../../build/Release/recorder.node', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'xgotop-without-root-'));
// Another user cannot reach into everybody's checkout.
chmodSync(dir, 0o755);
/** Only who has all capabilities can give some of them. */
const rootTest = process.getuid?.() === 0 ? kernelTest : it.skip;

/** The words that start a command with no capability but some. */
function limited(capabilities: readonly string[], command: readonly string[]): string[] {
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  return ['setpriv', '--bounding-set', set, '--inh-caps=-all', '--', ...command];
}

function run(words: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const xgotop = (capabilities: readonly string[], args: readonly string[]) =>
  run(limited(capabilities, [process.execPath, BIN, ...args]));

describe('a program of the same user', () => {
  let steady: ChildProcess;
  let other: ChildProcess;
  const started = (words: readonly string[]) => {
    const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise<ChildProcess>((resolve) => child.stdout.once('data', () => resolve(child)));
  };
  beforeAll(async () => {
    const program = join(dir, 'steady');
    copyFileSync(buildGoProgram('test/kernel/testdata/steady'), program);
    steady = await started(limited([], [program]));
    other = await started(['setpriv', '--reuid=65534', '--clear-groups', '--', program]);
  });
  afterAll(() => {
    steady.kill('SIGKILL');
    other.kill('SIGKILL');
  });

  const record = (capabilities: readonly string[], pid: number | undefined, name: string) =>
    xgotop(capabilities, ['record', '-p', `${pid}`, '-d', '500ms', '-o', join(dir, name)]);

  rootTest.for<[string, string[]]>([
    ['CAP_BPF and CAP_PERFMON', ['bpf', 'perfmon']],
    ['CAP_SYS_PTRACE as well', ['bpf', 'perfmon', 'sys_ptrace']],
  ])('is recorded with %s, with the goroutines it had', async ([, capabilities]) => {
    const scope = yamaScope();
    const name = `${capabilities.join('-')}.arrow`;
    const { code, err } = await record(capabilities, steady.pid, name);
    expect([code, err]).toEqual([0, expect.stringMatching(/ 0 lost; /)]);
    const { recording, events } = await readRecording(join(dir, name));
    expect(events.length).toBeGreaterThan(50);
    const isUnread = scope > 0 && !capabilities.includes('sys_ptrace');
    expect(err.includes('may not be read (EPERM)')).toBe(isUnread);
    expect(recording.goroutines.count > 5).toBe(!isUnread);
  });

  rootTest.for<[what: string, capabilities: string[], fact: RegExp]>([
    ['nothing', [], /^xgotop: no permission to trace: BPF_MAP_CREATE was refused \(EPERM\)$/],
    ['CAP_PERFMON', ['perfmon'], /^xgotop: no permission to trace: BPF_MAP_CREATE .*$/],
    ['CAP_BPF', ['bpf'], /^xgotop: no permission to trace: BPF_PROG_LOAD .*$/],
  ])('with %s alone gets one fact and one hint', async ([what, capabilities, fact]) => {
    const { code, err } = await record(capabilities, steady.pid, `never-${what}.arrow`);
    const [first, hint, ...rest] = err.trimEnd().split('\n');
    expect(first).toMatch(fact);
    expect(hint).toBe(
      '  run it as root (sudo), or give node CAP_BPF and CAP_PERFMON; xgotop doctor tells more',
    );
    expect([code, rest]).toEqual([1, []]);
  });

  rootTest('that of another user needs CAP_SYS_PTRACE', async () => {
    const without = await record(['bpf', 'perfmon'], other.pid, 'other-never.arrow');
    expect([without.code, without.err]).toEqual([
      1,
      expect.stringMatching(/no permission to trace process \d+.*\n.*CAP_SYS_PTRACE/),
    ]);
    const having = await record(['bpf', 'perfmon', 'sys_ptrace'], other.pid, 'other.arrow');
    expect(having.err).toMatch(/ 0 lost; /);
  });
});

rootTest('a program that is started gets none of the capabilities for tracing', () => {
  const addon = join(dir, 'recorder.node');
  copyFileSync(ADDON, addon);
  const script = `
    const native = require(${JSON.stringify(addon)});
    const args = ['grep', 'CapEff', '/proc/self/status'];
    const child = native.spawnStopped({ file: 'grep', args, env: ['PATH=/usr/bin:/bin'], cwd: '/' });
    child.release();
    const wait = setInterval(() => native.reap(child.pid) && clearInterval(wait), 10);`;
  const given = '+bpf,+perfmon,+sys_ptrace,+net_bind_service';
  const text = execFileSync(
    'setpriv',
    [
      ...['--reuid=65534', '--clear-groups', '--inh-caps', given, '--ambient-caps', given],
      ...['--', process.execPath, '-e', script],
    ],
    { encoding: 'utf8' },
  );
  // CAP_NET_BIND_SERVICE, which is 10, is the user's affair.
  expect(text).toBe('CapEff:\t0000000000000400\n');
});

describe('the doctor', () => {
  rootTest.for<[what: string, capabilities: string[], code: number, last: RegExp]>([
    ['nothing', [], 1, /Recording does not work here: capabilities\./],
    ['CAP_BPF and CAP_PERFMON', ['bpf', 'perfmon'], 0, /Recording works here\./],
  ])('with %s agrees with the recorder', async ([, capabilities, code, last]) => {
    const ran = await xgotop(capabilities, ['doctor']);
    expect([ran.code, ran.err]).toEqual([code, '']);
    expect(ran.out.trimEnd().split('\n').at(-1)).toMatch(last);
  });
});

/** 0 where Yama is not there; from 1 on the memory of a program asks for CAP_SYS_PTRACE. */
function yamaScope(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'));
  } catch {
    return 0;
  }
}

import { expect, it } from 'vitest';
import { describeDiagnosis, doctorCommand } from '../../src/cli/doctor.ts';
import { lacks, note, ok } from '../../src/record/doctor/check.ts';
import { examineMachine, type Diagnosis } from '../../src/record/doctor/examine-machine.ts';
import { runCommand } from './run-command.ts';

const SICK: Diagnosis = {
  canRecord: false,
  checks: [
    ok('system', 'Linux on x86-64'),
    lacks('addon', 'cannot be loaded: not found', 'npm run setup'),
    note('ptrace_scope', '1', 'sudo sysctl x=0', 'until a reboot'),
  ],
  processes: {
    found: [
      {
        pid: 4312,
        comm: 'server',
        goVersion: 'go1.26.4',
        arch: 'amd64',
        isStripped: true,
        obstacle: undefined,
        isMemoryReadable: false,
      },
      {
        pid: 99,
        comm: 'old',
        goVersion: undefined,
        arch: undefined,
        isStripped: undefined,
        obstacle: 'built by go1.4',
        isMemoryReadable: true,
      },
    ],
    unseenCount: 3,
  },
};
const WELL: Diagnosis = { ...SICK, canRecord: true, checks: SICK.checks.slice(0, 1) };

async function run(diagnosis: Diagnosis, ...words: string[]) {
  const before = process.exitCode;
  process.exitCode = undefined;
  const { stdout } = await runCommand(
    doctorCommand(() => diagnosis),
    words,
  );
  const { exitCode } = process;
  process.exitCode = before;
  return { stdout, exitCode };
}

it('a line each, below it what mends it, and the conclusion last', async () => {
  const { stdout } = await run(SICK);
  expect(stdout.split('\n')).toEqual([
    'ok     system           Linux on x86-64',
    'lacks  addon            cannot be loaded: not found',
    '                        npm run setup',
    'note   ptrace_scope     1',
    '                        sudo sysctl x=0   (until a reboot)',
    '',
    'Go programs that run:',
    '     4312 server           go1.26.4, amd64, stripped',
    '       99 old              cannot be recorded: built by go1.4',
    "3 processes may not be looked at: others' (sudo, or CAP_SYS_PTRACE).",
    '',
    'Recording does not work here: addon. Query and replay do.',
    '',
  ]);
});

it.for<[string, Diagnosis, number | undefined, string]>([
  ['lacks something', SICK, 1, 'Recording does not work here: addon. Query and replay do.'],
  ['lacks nothing', WELL, undefined, 'Recording works here.'],
])('a machine that %s', async ([, diagnosis, code, conclusion]) => {
  const { stdout, exitCode } = await run(diagnosis);
  expect([exitCode, stdout.trimEnd().split('\n').at(-1)]).toEqual([code, conclusion]);
});

it('where recording works it says of each program what of it is recorded', async () => {
  const { stdout } = await run(WELL);
  expect(stdout).toMatch(/4312 server .* can be recorded, but not the goroutines it has already/);
});

it('--json has the same, and the same exit code', async () => {
  const { stdout, exitCode } = await run(SICK, '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    can_record: false,
    checks: [
      { topic: 'system', mark: 'ok', mend: null },
      { topic: 'addon', mark: 'lacks', mend: 'npm run setup', caveat: null },
      { topic: 'ptrace_scope', mark: 'note', caveat: 'until a reboot' },
    ],
    go_processes: [
      { pid: 4312, go_version: 'go1.26.4', stripped: true, obstacle: null, memory_readable: false },
      { pid: 99, go_version: null, obstacle: 'built by go1.4' },
    ],
    unseen_processes: 3,
  });
});

it('marks are coloured on a terminal only', () => {
  const coloured = describeDiagnosis(SICK, true);
  expect(coloured).toContain('\x1b[31mlacks  \x1b[0maddon');
  expect(describeDiagnosis(SICK, false)).not.toContain('\x1b');
});

it.for(['darwin', 'win32'] as const)('says that recording needs Linux on %s', (platform) => {
  const { canRecord, checks } = examineMachine('.', platform);
  expect(canRecord).toBe(false);
  expect(checks).toEqual([lacks('system', `recording needs Linux; this is ${platform}`)]);
});

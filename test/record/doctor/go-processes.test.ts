import { realpathSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findGoProcesses } from '../../../src/record/doctor/go-processes.ts';
import { goCommand } from '../../go-command.ts';
import { fakeMachine } from './fake-machine.ts';

const GO = realpathSync(goCommand());

function machine(processes: Record<number, { exe?: string; comm: string; command?: string }>) {
  const files: Record<string, string> = { '/proc/uptime': '1 1\n', '/proc/irq/0': '' };
  for (const [pid, { exe, comm, command = 'x\0' }] of Object.entries(processes)) {
    files[`/proc/${pid}/comm`] = `${comm}\n`;
    files[`/proc/${pid}/cmdline`] = command;
    if (exe !== undefined) files[`/proc/${pid}/exe`] = `-> ${exe}`;
  }
  return fakeMachine(files);
}

const goArch = process.arch === 'x64' ? 'amd64' : process.arch;

it('Go programs are found among others, by process number', () => {
  const files = machine({
    300: { exe: GO, comm: 'go' },
    20: { exe: GO, comm: 'gopls' },
    40: { exe: process.execPath, comm: 'node' },
    50: { exe: '/bin/sh', comm: 'sh' },
  });
  const { found, unseenCount } = findGoProcesses(files, goArch, () => true);
  expect(unseenCount).toBe(0);
  expect(found.map(({ pid, comm }) => [pid, comm])).toEqual([
    [20, 'gopls'],
    [300, 'go'],
  ]);
  expect(found[0]).toMatchObject({ arch: goArch, obstacle: undefined });
  expect(found[0]!.goVersion).toMatch(/^go1\.\d+/);
});

it('threads of the kernel and what has ended are passed over', () => {
  const files = machine({ 2: { comm: 'kthreadd', command: '' } });
  expect(findGoProcesses(files, goArch, () => true)).toEqual({ found: [], unseenCount: 0 });
});

it('a process whose executable may not be looked at is counted', () => {
  const files = machine({ 7: { comm: 'secret' } });
  expect(findGoProcesses(files, goArch, () => true)).toEqual({ found: [], unseenCount: 1 });
});

it('a program of another architecture cannot be recorded', () => {
  const { found } = findGoProcesses(machine({ 9: { exe: GO, comm: 'go' } }), 'riscv', () => true);
  expect(found[0]!.obstacle).toBe(`built for ${goArch}`);
});

it('a program whose memory may not be read is told from others', () => {
  const files = machine({ 8: { exe: GO, comm: 'go' }, 9: { exe: GO, comm: 'go' } });
  const { found } = findGoProcesses(files, goArch, (pid) => pid === 9);
  expect(found.map(({ obstacle, isMemoryReadable }) => [obstacle, isMemoryReadable])).toEqual([
    [undefined, false],
    [undefined, true],
  ]);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { takeRunning } from '../../src/record/attach-processes.ts';
import { openGoTarget } from '../../src/record/go-target.ts';
import type { Native, NativeRecorder } from '../../src/record/native.ts';
import { buildGoProgram } from '../kernel/go-program.ts';

/** What the addon throws when the kernel refuses. */
const refusing = (code: string) =>
  ({
    readMemory: () => {
      throw Object.assign(new Error(`process_vm_readv: ${code}`), { code });
    },
  }) as unknown as Native;

const NOTHING = { stackDepth: 0, hasLabels: false };

const isLinux = process.platform === 'linux';

it.runIf(isLinux).each([
  ['EPERM', 'refused by Yama or seccomp'],
  ['ENOSYS', 'not in the kernel, or hidden by seccomp'],
])(
  'a process is recorded without its goroutines where reading its memory is %s, %s',
  async (code) => {
    const child = spawn(buildGoProgram('test/kernel/testdata/steady'), { stdio: 'pipe' });
    try {
      await once(child.stdout, 'data');
      const target = openGoTarget({ pids: [child.pid!] }, ['sched']);
      const added: number[] = [];
      const recorder = { addProcess: (pid: number) => added.push(pid) };
      const running = takeRunning(
        refusing(code), recorder as unknown as NativeRecorder, target, 0, NOTHING); // prettier-ignore
      expect(running).toMatchObject([{ pid: child.pid, census: { count: 0 }, obstacle: code }]);
      expect(added).toEqual([child.pid]);
      expect(() =>
        takeRunning(refusing('ESRCH'), recorder as unknown as NativeRecorder, target, 0, NOTHING),
      ).toThrow('ESRCH');
    } finally {
      child.kill('SIGKILL');
    }
  },
  120_000,
);

/** A machine made of a few files, for what reads /proc and /sys. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { machineFiles, type MachineFiles } from '../../../src/record/doctor/machine-files.ts';

/** Text of a file by its path; `-> target` is a symbolic link. */
export type FakeFiles = Readonly<Record<string, string>>;

/** A machine on which recording works, as root. */
export const ROOT_MACHINE: FakeFiles = {
  '/proc/self/status':
    'Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t0\n',
  '/proc/self/uid_map': '         0          0 4294967295\n',
  '/proc/self/limits':
    'Max locked memory         8388608              8388608              bytes\n',
  '/proc/self/ns/pid': '-> pid:[4026531836]',
  '/proc/sys/kernel/unprivileged_bpf_disabled': '2\n',
  '/proc/sys/kernel/perf_event_paranoid': '2\n',
  '/proc/sys/kernel/yama/ptrace_scope': '1\n',
  '/sys/kernel/btf/vmlinux': '',
  '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
};

/** @param files - those of `ROOT_MACHINE` that are other, or more; undefined: not there */
export function fakeMachine(files: Readonly<Record<string, string | undefined>>): MachineFiles {
  const root = mkdtempSync(join(tmpdir(), 'xgotop-machine-'));
  for (const [path, text] of Object.entries({ ...ROOT_MACHINE, ...files })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return machineFiles(root);
}

/** /proc/self/status of a process with these capability masks. */
export function status(effective: string, { bounding = '1ffffffffff', rest = '' } = {}): string {
  return `Name:\tnode\nCapEff:\t${effective}\nCapBnd:\t${bounding}\n${rest}`;
}

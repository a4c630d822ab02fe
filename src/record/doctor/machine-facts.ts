/** What bears on recording, as this machine's /proc and /sys say it; no judgement. Linux only. */
import type { MachineFiles } from './machine-files.ts';

export interface MachineFacts {
  /** As Node calls it: `x64`, `arm64`. */
  arch: string;
  /** As uname -r says, e.g. `6.18.44-amd64`. */
  kernelRelease: string;
  hasBtf: boolean;
  /** Masks of this process, bit n is capability n. */
  effective: bigint;
  bounding: bigint;
  /** Of user namespaces the first: only its capabilities count for BPF. */
  isInitialUserNamespace: boolean;
  isInitialPidNamespace: boolean;
  /** A seccomp filter sees the system calls of this process, as in most containers. */
  hasSeccompFilter: boolean;
  /** Nothing that is executed can gain capabilities, of a file or of user 0. */
  hasNoNewPrivileges: boolean;
  /** Bytes this process may lock; Infinity when not limited. */
  memoryLockBytes: number;
  /** Settings; undefined where the kernel does not have them. */
  unprivilegedBpfDisabled: number | undefined;
  perfEventParanoid: number | undefined;
  ptraceScope: number | undefined;
  lockdown: string | undefined;
}

/** PROC_PID_INIT_INO of the kernel, include/linux/proc_ns.h. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/**
 * @param system - what this process knows without files
 */
export function readMachineFacts(
  files: MachineFiles,
  system: { arch: string; kernelRelease: string },
): MachineFacts {
  const status = files.read('/proc/self/status') ?? '';
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  const mask = (name: string) => BigInt(`0x${field(name) ?? '0'}`);
  const pidNamespace = files.link('/proc/self/ns/pid');
  return {
    ...system,
    hasBtf: files.exists('/sys/kernel/btf/vmlinux'),
    effective: mask('CapEff'),
    bounding: mask('CapBnd'),
    isInitialUserNamespace: coversEveryUser(files.read('/proc/self/uid_map')),
    isInitialPidNamespace: pidNamespace === undefined || pidNamespace === INITIAL_PID_NAMESPACE,
    hasSeccompFilter: field('Seccomp') === '2',
    hasNoNewPrivileges: field('NoNewPrivs') === '1',
    memoryLockBytes: memoryLockBytes(files.read('/proc/self/limits')),
    unprivilegedBpfDisabled: setting(files, 'kernel/unprivileged_bpf_disabled'),
    perfEventParanoid: setting(files, 'kernel/perf_event_paranoid'),
    ptraceScope: setting(files, 'kernel/yama/ptrace_scope'),
    // `none [integrity] confidentiality`: the one in force is in brackets.
    lockdown: /\[(\w+)\]/.exec(files.read('/sys/kernel/security/lockdown') ?? '')?.[1],
  };
}

function setting(files: MachineFiles, name: string): number | undefined {
  const text = files.read(`/proc/sys/${name}`);
  return text === undefined ? undefined : Number(text);
}

/** user_namespaces(7): the first namespace maps all 2^32 - 1 users to themselves. */
function coversEveryUser(uidMap: string | undefined): boolean {
  return uidMap === undefined || /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}

function memoryLockBytes(limits: string | undefined): number {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits ?? '')?.[1];
  return soft === undefined || soft === 'unlimited' ? Infinity : Number(soft);
}

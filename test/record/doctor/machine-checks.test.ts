import { expect, it } from 'vitest';
import { kernelChecks, hasUprobeMulti } from '../../../src/record/doctor/kernel-checks.ts';
import { readMachineFacts } from '../../../src/record/doctor/machine-facts.ts';
import { mayTrace, permissionChecks } from '../../../src/record/doctor/permission-checks.ts';
import { fakeMachine, status } from './fake-machine.ts';

const ARCHS = { x64: 'x86-64' };
const SETCAP = 'sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep /opt/node';
const DOCKER = 'docker run --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE ...';
/** CAP_BPF is 39, CAP_PERFMON 38, CAP_SYS_PTRACE 19, CAP_SYS_ADMIN 21 (linux/capability.h). */
const TRACING = 'c000000000';
const TRACING_AND_PTRACE = 'c000080000';
const SYS_ADMIN = '0000200000';

interface Case {
  files?: Record<string, string | undefined>;
  arch?: string;
  kernel?: string;
  probing?: { uprobeMulti: boolean; pidFilter: boolean };
}

function check({ files = {}, arch = 'x64', kernel = '6.18.44', probing }: Case) {
  const facts = readMachineFacts(fakeMachine(files), { arch, kernelRelease: kernel });
  const uprobeMulti = hasUprobeMulti(facts, probing);
  return {
    mayTrace: mayTrace(facts, uprobeMulti),
    checks: [
      ...kernelChecks(facts, probing, ARCHS),
      ...permissionChecks(facts, { uprobeMulti, nodePath: '/opt/node' }),
    ],
  };
}

const proc = (name: string) => `/proc/sys/kernel/${name}`;
const SELF = '/proc/self/status';
const LOCKDOWN = '/sys/kernel/security/lockdown';

it('on a machine of root nothing is lacking and nothing noted', () => {
  expect(check({}).checks.filter(({ mark }) => mark !== 'ok')).toEqual([]);
});

it.for<[what: string, machine: Case, topic: string, mark: string, fact: RegExp, mend?: string]>([
  ['arm64', { arch: 'arm64' }, 'system', 'note', /Linux on arm64: .* nobody has recorded there/],
  ['s390x', { arch: 's390x' }, 'system', 'lacks', /Linux on s390x; .* x86-64/],
  ['Linux 5.14', { kernel: '5.14.0-70.el9' }, 'kernel', 'lacks', /5\.14\.0-70\.el9; 5\.15/],
  ['Linux 5.15', { kernel: '5.15.0' }, 'kernel', 'ok', /^5\.15\.0/],
  ['Linux 10.0', { kernel: '10.0.0' }, 'kernel', 'ok', /^10\.0\.0/],
  ['no BTF', { files: { '/sys/kernel/btf/vmlinux': undefined } }, 'BTF', 'lacks', /CONFIG_DEBUG_INFO_BTF/],
  ['Linux 6.5', { kernel: '6.5.0' }, 'uprobe_multi', 'note', /CAP_SYS_ADMIN/],
  ['Linux 6.6, untried', { kernel: '6.6.1' }, 'uprobe_multi', 'ok', /not tried out/],
  ['a broken filter', { probing: { uprobeMulti: true, pidFilter: false } }, 'uprobe_multi', 'note', /broken/],
  ['a trial that says no', { probing: { uprobeMulti: false, pidFilter: false } }, 'uprobe_multi', 'note', /perf event/],
  ['lockdown integrity', { files: { [LOCKDOWN]: 'none [integrity] confidentiality\n' } }, 'lockdown', 'ok', /^integrity$/],
  ['lockdown confidentiality', { files: { [LOCKDOWN]: 'none integrity [confidentiality]\n' } }, 'lockdown', 'note', /kernel memory/],
  ['Linux 5.10, locked memory', { kernel: '5.10.0' }, 'locked memory', 'lacks', /8388608/, 'ulimit -l unlimited'],
  ['no capability', { files: { [SELF]: status('0') } }, 'capabilities', 'lacks', /^none; .*CAP_BPF.*CAP_PERFMON/, SETCAP],
  ['CAP_BPF alone', { files: { [SELF]: status('8000000000') } }, 'capabilities', 'lacks', /^CAP_BPF; /, SETCAP],
  ['both', { files: { [SELF]: status(TRACING) } }, 'capabilities', 'ok', /^CAP_PERFMON, CAP_BPF$/],
  ['both, before 6.6', { kernel: '6.1.0', files: { [SELF]: status(TRACING) } }, 'capabilities', 'lacks', /CAP_SYS_ADMIN/, 'sudo xgotop record ...'],
  ['CAP_SYS_ADMIN, before 6.6', { kernel: '6.1.0', files: { [SELF]: status(SYS_ADMIN) } }, 'capabilities', 'ok', /^CAP_SYS_ADMIN$/],
  ['a container', { files: { [SELF]: status('0', { bounding: 'a80425fb' }) } }, 'capabilities', 'lacks', /^none/, DOCKER],
  ['a user namespace', { files: { '/proc/self/uid_map': '0 1000 1\n' } }, 'capabilities', 'lacks', /of a user namespace/, 'sudo xgotop record ...'],
  ['no_new_privs', { files: { [SELF]: status('0', { rest: 'NoNewPrivs:\t1\n' }) } }, 'capabilities', 'lacks', /^none/, 'sudo xgotop record ...'],
  ['all but few', { files: { [SELF]: status('1fffeffffff') } }, 'capabilities', 'ok', /^all but CAP_SYS_RESOURCE$/],
  ['no CAP_SYS_PTRACE', { files: { [SELF]: status(TRACING) } }, "others' programs", 'note', /of this user/, SETCAP],
  ['with it', { files: { [SELF]: status(TRACING_AND_PTRACE) } }, "others' programs", 'ok', /every user/],
  ['ptrace_scope 0', { files: { [SELF]: status(TRACING), [proc('yama/ptrace_scope')]: '0\n' } }, 'ptrace_scope', 'ok', /^0$/],
  ['ptrace_scope 1', { files: { [SELF]: status(TRACING) } }, 'ptrace_scope', 'note', /from their next event on/, 'sudo sysctl kernel.yama.ptrace_scope=0'],
  ['ptrace_scope 1, with CAP_SYS_PTRACE', { files: { [SELF]: status(TRACING_AND_PTRACE) } }, 'ptrace_scope', 'ok', /passes/],
  ['ptrace_scope 2', { files: { [SELF]: status(TRACING), [proc('yama/ptrace_scope')]: '2\n' } }, 'ptrace_scope', 'note', /from their next event on/, SETCAP],
  ['ptrace_scope 3, root', { files: { [proc('yama/ptrace_scope')]: '3\n' } }, 'ptrace_scope', 'note', /reboot/],
  ['unprivileged BPF', { files: { [proc('unprivileged_bpf_disabled')]: '0\n' } }, 'bpf(2)', 'ok', /is 0:/],
  ['perf_event_paranoid 4', { files: { [proc('perf_event_paranoid')]: '4\n' } }, 'perf events', 'ok', /is 4:/],
  ['a PID namespace', { files: { '/proc/self/ns/pid': '-> pid:[4026532177]' } }, 'PID namespace', 'note', /container/],
  ['seccomp', { files: { [SELF]: status(TRACING, { rest: 'Seccomp:\t2\n' }) } }, 'seccomp', 'note', /bpf\(2\)/],
])('%s', ([, machine, topic, mark, fact, mend]) => {
  const found = check(machine).checks.filter((one) => one.topic === topic);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ mark, fact: expect.stringMatching(fact) as string });
  expect(found[0]!.mend).toBe(mend);
}); // prettier-ignore

it.for<[string, Case, boolean]>([
  ['root', {}, true],
  ['both capabilities', { files: { [SELF]: status(TRACING) } }, true],
  ['both, before uprobe_multi', { kernel: '6.1.0', files: { [SELF]: status(TRACING) } }, false],
  ['root of a user namespace', { files: { '/proc/self/uid_map': '0 1000 1\n' } }, false],
  ['nobody', { files: { [SELF]: status('0') } }, false],
])('whether %s may trace', ([, machine, may]) => {
  expect(check(machine).mayTrace).toBe(may);
});

it.for<[topic: string, file: string]>([
  ['ptrace_scope', proc('yama/ptrace_scope')],
  ['lockdown', LOCKDOWN],
  ['bpf(2)', proc('unprivileged_bpf_disabled')],
  ['perf events', proc('perf_event_paranoid')],
])('nothing is said of %s where the kernel does not have it', ([topic, file]) => {
  const { checks } = check({ files: { [file]: undefined } });
  expect(checks.map((one) => one.topic)).not.toContain(topic);
});

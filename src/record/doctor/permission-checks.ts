/** What this process may do: capabilities, and the settings that ask for more of them. */
import { describeCapabilities, hasCapability } from '../capabilities.ts';
import { lacks, note, ok, type Check } from './check.ts';
import type { MachineFacts } from './machine-facts.ts';
import { capabilityMend } from './permission-mends.ts';

export interface PermissionOptions {
  /** See `hasUprobeMulti`: without it probes are perf events, which need CAP_SYS_ADMIN. */
  uprobeMulti: boolean;
  /** Real path of the executable that runs xgotop. */
  nodePath: string;
}

/** Whose processes, and which of their facts, this process may get at. */
export function permissionChecks(facts: MachineFacts, options: PermissionOptions): Check[] {
  return [
    capabilityCheck(facts, options),
    ptraceCheck(facts, options),
    ...yamaChecks(facts, options),
    ...bpfSettingChecks(facts),
    ...perfSettingChecks(facts),
    ...containerChecks(facts),
  ];
}

/**
 * Whether the kernel's tests for BPF and tracing are passed; CAP_SYS_ADMIN passes both.
 *
 * @param uprobeMulti - see `PermissionOptions`
 */
export function mayTrace(
  { effective, isInitialUserNamespace }: MachineFacts,
  uprobeMulti: boolean,
) {
  if (!isInitialUserNamespace) return false;
  if (hasCapability(effective, 'SYS_ADMIN')) return true;
  return uprobeMulti && hasCapability(effective, 'BPF') && hasCapability(effective, 'PERFMON');
}

function capabilityCheck(facts: MachineFacts, { uprobeMulti, nodePath }: PermissionOptions): Check {
  const names = describeCapabilities(facts.effective);
  if (mayTrace(facts, uprobeMulti)) return ok('capabilities', names);
  if (!uprobeMulti && facts.isInitialUserNamespace) {
    return lacks(
      'capabilities',
      `${names}; without uprobe_multi recording needs CAP_SYS_ADMIN`,
      'sudo xgotop record ...',
    );
  }
  const { mend, caveat } = capabilityMend(facts, nodePath);
  const where = facts.isInitialUserNamespace ? '' : ', of a user namespace';
  return lacks(
    'capabilities',
    `${names}${where}; recording needs CAP_BPF (maps) and CAP_PERFMON (reading user memory)`,
    mend,
    caveat,
  );
}

function ptraceCheck(facts: MachineFacts, { uprobeMulti, nodePath }: PermissionOptions): Check {
  if (hasCapability(facts.effective, 'SYS_PTRACE')) {
    return ok("others' programs", 'CAP_SYS_PTRACE: processes of every user can be attached to');
  }
  const fact = 'no CAP_SYS_PTRACE: only processes of this user can be attached to';
  // Where more is lacking, what mends that mends this as well.
  if (!mayTrace(facts, uprobeMulti)) return note("others' programs", fact);
  const { mend, caveat } = capabilityMend(facts, nodePath);
  return note("others' programs", fact, mend, caveat);
}

/** process_vm_readv asks Yama, as ptrace does: Documentation/admin-guide/LSM/Yama.rst. */
function yamaChecks(facts: MachineFacts, { nodePath }: PermissionOptions): Check[] {
  const { ptraceScope: scope } = facts;
  if (scope === undefined) return [];
  const topic = 'ptrace_scope';
  if (scope >= 3) {
    return [
      note(
        topic,
        `${scope}: the memory of running programs may not be read: goroutines they have already are known from their next event on; until a reboot`,
      ),
    ];
  }
  if (scope === 0 || hasCapability(facts.effective, 'SYS_PTRACE')) {
    return [ok(topic, `${scope}${scope === 0 ? '' : ', which CAP_SYS_PTRACE passes'}`)];
  }
  const { mend, caveat } = capabilityMend(facts, nodePath);
  return [
    note(
      topic,
      `${scope}: without CAP_SYS_PTRACE the memory of a running program may not be read: goroutines it has already are known from their next event on`,
      scope === 1 ? 'sudo sysctl kernel.yama.ptrace_scope=0' : mend,
      scope === 1
        ? 'until a reboot, programs may then read the memory of others of the same user'
        : caveat,
    ),
  ];
}

function bpfSettingChecks({ unprivilegedBpfDisabled }: MachineFacts): Check[] {
  if (unprivilegedBpfDisabled === undefined) return [];
  const fact = `unprivileged_bpf_disabled is ${unprivilegedBpfDisabled}: no matter to CAP_BPF`;
  return [ok('bpf(2)', fact)];
}

function perfSettingChecks({ perfEventParanoid }: MachineFacts): Check[] {
  if (perfEventParanoid === undefined) return [];
  return [
    ok('perf events', `perf_event_paranoid is ${perfEventParanoid}: no matter to CAP_PERFMON`),
  ];
}

function containerChecks(facts: MachineFacts): Check[] {
  const checks: Check[] = [];
  if (!facts.isInitialPidNamespace) {
    checks.push(note('PID namespace', 'its own (a container): only processes within it are seen'));
  }
  if (facts.hasSeccompFilter) {
    checks.push(note('seccomp', 'a filter is in force (a container?): it must let bpf(2) through'));
  }
  return checks;
}

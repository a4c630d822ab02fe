/** What the kernel offers: its version, BTF, how probes are attached, what its settings forbid. */
import { lacks, note, ok, type Check } from './check.ts';
import type { MachineFacts } from './machine-facts.ts';

/** What trying out said; undefined where it could not be tried. */
export interface KernelProbing {
  uprobeMulti: boolean;
  pidFilter: boolean;
}

/** Oldest with attach cookies, bpf_link_create(perf_event) of the kernel: 5.15. */
const OLDEST: Version = [5, 15];
/** BPF memory is charged to the memory cgroup since then, before to RLIMIT_MEMLOCK. */
const UNLIMITED_MAPS: Version = [5, 11];
const UPROBE_MULTI: Version = [6, 6];
/** What the maps of a recording take: 16 MiB of ring and a little. */
const MAP_BYTES = 32 * 1024 * 1024;

type Version = readonly [major: number, minor: number];

/** Architectures whose probes are built, and checked against executables only. */
const UNTRIED: readonly string[] = ['arm64'];

/** Architectures that programs were recorded on, as Node calls them, and as people do. */
export type SupportedArchs = Readonly<Record<string, string>>;

/** Everything of the kernel that recording depends on, in order of importance. */
export function kernelChecks(
  facts: MachineFacts,
  probing: KernelProbing | undefined,
  archs: SupportedArchs,
): Check[] {
  return [
    archCheck(facts, archs),
    versionCheck(facts),
    facts.hasBtf
      ? ok('BTF', '/sys/kernel/btf/vmlinux')
      : lacks('BTF', 'no /sys/kernel/btf/vmlinux: the kernel needs CONFIG_DEBUG_INFO_BTF'),
    attachCheck(facts, probing),
    ...lockdownChecks(facts),
    ...memoryLockChecks(facts),
  ];
}

/** Whether all probes go into one uprobe_multi link: as tried, else as the version says. */
export function hasUprobeMulti(facts: MachineFacts, probing: KernelProbing | undefined): boolean {
  return probing?.uprobeMulti ?? isAtLeast(facts.kernelRelease, UPROBE_MULTI);
}

function archCheck({ arch }: MachineFacts, archs: SupportedArchs): Check {
  const name = archs[arch];
  if (name !== undefined) return ok('system', `Linux on ${name}`);
  if (UNTRIED.includes(arch)) {
    return note(
      'system',
      `Linux on ${arch}: probes are built for it, but nobody has recorded there`,
    );
  }
  return lacks('system', `Linux on ${arch}; recording needs ${Object.values(archs).join(' or ')}`);
}

function versionCheck({ kernelRelease }: MachineFacts): Check {
  const oldest = OLDEST.join('.');
  return isAtLeast(kernelRelease, OLDEST)
    ? ok('kernel', `${kernelRelease}; ${oldest} or newer is needed`)
    : lacks('kernel', `${kernelRelease}; ${oldest} or newer is needed`);
}

function attachCheck(facts: MachineFacts, probing: KernelProbing | undefined): Check {
  if (!hasUprobeMulti(facts, probing)) {
    return note(
      'uprobe_multi',
      'not in this kernel (6.6 has it): one perf event a probe, slower to detach, needs CAP_SYS_ADMIN',
    );
  }
  if (probing === undefined) return ok('uprobe_multi', 'since Linux 6.6; not tried out');
  // Linux 6.8 filters by thread; there it is left to the BPF program, which costs others a little.
  return probing.pidFilter
    ? ok('uprobe_multi', 'tried out, with its filter by process')
    : note(
        'uprobe_multi',
        'tried out; its filter by process is broken (Linux 6.6 to 6.8), so other processes of the same executable pay for the probes as well',
      );
}

function lockdownChecks({ lockdown }: MachineFacts): Check[] {
  if (lockdown === undefined) return [];
  // BPF loses bpf_probe_read_kernel only; the probes read the program's memory.
  const fact =
    lockdown === 'confidentiality'
      ? 'confidentiality: BPF may not read kernel memory, which the probes do not; not tested'
      : lockdown;
  return [lockdown === 'confidentiality' ? note('lockdown', fact) : ok('lockdown', fact)];
}

function memoryLockChecks({ kernelRelease, memoryLockBytes }: MachineFacts): Check[] {
  if (isAtLeast(kernelRelease, UNLIMITED_MAPS) || memoryLockBytes >= MAP_BYTES) return [];
  const fact = `${memoryLockBytes} bytes, but maps count before Linux ${UNLIMITED_MAPS.join('.')}`;
  return [lacks('locked memory', fact, 'ulimit -l unlimited')];
}

function isAtLeast(release: string, [major, minor]: Version): boolean {
  const [ownMajor = 0, ownMinor = 0] = release.split('.').map((part) => parseInt(part, 10));
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

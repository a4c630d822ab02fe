/** The kernel's capabilities(7) by name, and the few that recording is about. */

/** Names by number, as include/uapi/linux/capability.h has them, without `CAP_`. */
const NAMES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );

/** Capabilities that xgotop asks about or keeps. */
export type Capability =
  'BPF' | 'DAC_OVERRIDE' | 'FOWNER' | 'KILL' | 'PERFMON' | 'SYS_ADMIN' | 'SYS_PTRACE';

/** The mask of some capabilities: bit n is number n. */
export function capabilityMask(capabilities: readonly Capability[]): bigint {
  return capabilities.reduce((mask, name) => mask | (1n << BigInt(NAMES.indexOf(name))), 0n);
}

/** Whether a mask, e.g. CapEff of /proc/PID/status, holds a capability. */
export function hasCapability(mask: bigint, capability: Capability): boolean {
  return (mask & capabilityMask([capability])) !== 0n;
}

/** Names of the capabilities in a mask, `CAP_BPF` and so on; a number for one that is newer than this list. */
export function capabilityNames(mask: bigint): string[] {
  const names: string[] = [];
  for (let number = 0; mask >> BigInt(number) > 0n; number++) {
    if (((mask >> BigInt(number)) & 1n) === 0n) continue;
    names.push(NAMES[number] === undefined ? `capability ${number}` : `CAP_${NAMES[number]}`);
  }
  return names;
}

/** Left out at most that many, the rest is worth no list. */
const FEW = 5;

/** A mask for people: the names, `all`, `all but ...`, or `none`. */
export function describeCapabilities(mask: bigint): string {
  const left = ((1n << BigInt(NAMES.length)) - 1n) & ~mask;
  if (left === 0n) return 'all';
  const leftNames = capabilityNames(left);
  if (leftNames.length <= FEW) return `all but ${leftNames.join(', ')}`;
  return capabilityNames(mask).join(', ') || 'none';
}

/**
 * Give up what only attaching needed.
 *
 * An attached recorder reads its own file descriptors: the ring is mapped, the recording and the
 * executable are open, links are closed by closing them. Afterwards nothing can be attached, no
 * memory of another user's program be read, and a process of user 0 is treated by the file system
 * as any other user: what is not its own can no longer be created, renamed or removed.
 */
import { capabilityMask, type Capability } from './capabilities.ts';
import type { Native } from './native.ts';

export interface DropOptions {
  /** The process that is recorded: whether it lives must stay visible. */
  pid: number;
  /** Kept besides; e.g. KILL for a child of another user that is to be killed later. */
  keep?: readonly Capability[];
}

export interface DroppedCapabilities {
  /** What this machine needs to go on recording. */
  kept: Capability[];
  /** Why something was not given up, one line; undefined when all was. */
  obstacle: string | undefined;
}

/**
 * Drop all capabilities of all threads of this process, for good, and forbid to gain any by exec.
 *
 * Call it after attaching, reading the older goroutines and settling the output file's name;
 * threads that are made later have no more than their makers. Never fails: who could not drop
 * records as before, and says so.
 */
export function dropCapabilities(
  native: Pick<Native, 'withoutCapabilities' | 'dropCapabilities'>,
  { pid, keep = [] }: DropOptions,
): DroppedCapabilities {
  const kept = new Set(keep);
  try {
    const { mapLookup, processStat } = native.withoutCapabilities(pid);
    // Counts of lost events are read from a map. Before Linux 5.19 every bpf(2) call is refused
    // where kernel.unprivileged_bpf_disabled is set.
    if (!mapLookup) kept.add('BPF');
    // /proc mounted with hidepid shows others' processes only to who may trace them.
    if (!processStat) kept.add('SYS_PTRACE');
    const threadCount = native.dropCapabilities(capabilityMask([...kept]));
    return {
      kept: [...kept],
      obstacle:
        threadCount === 0 ? undefined : `${threadCount} threads keep their capabilities: no answer`,
    };
  } catch (error) {
    return { kept: [...kept], obstacle: (error as Error).message };
  }
}

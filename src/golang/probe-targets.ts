/**
 * Which functions of the runtime are probed for which events, by Go version.
 *
 * Names and signatures: runtime/proc.go, malloc.go and mgc.go of Go 1.19 to 1.27.
 */

/** Groups of events that are switched together. */
export type ProbeGroup = 'sched' | 'alloc' | 'gc';

/** What a probe does: `enum probe_action` of bpf/event.h. */
export const PROBE_ACTIONS = {
  casgstatus: 1,
  runqputCall: 2,
  mallocgc: 3,
  syscallEnter: 4,
  syscallExit: 5,
  gcBegin: 6,
  gcEnd: 7,
  stwBegin: 8,
  stwEnd: 9,
  preemptPark: 11,
  statusSwap: 12,
  createAt: 13,
  mallocgcLeaf: 14,
} as const;

/**
 * The actions that bpf/event.h has. The others are planned, so that one may see what they
 * would add, and are put into `ProbePlan.inlinedSites` instead of among the probes.
 */
export const WIRED_ACTIONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);

/** A function whose call is an event. */
export interface ProbeTarget {
  group: ProbeGroup;
  /** The event it becomes, as the column `event` names it. */
  event: string;
  function: string;
  action: number;
  /** How many of its integer arguments the probe reads. */
  argumentCount: number;
  /** The probe reads return addresses, the function's own and its caller's. */
  readsCallers: boolean;
  /** Without it the group makes no sense. */
  isRequired: boolean;
}

/** Allocators for one size class, called by user code directly; the leaves below mallocgc. */
const SPECIALISED = /^runtime\.mallocgc(Tiny(Size|SC)|SmallNoScanSC|SmallScanNoHeaderSC)\d+$/;
const GENERAL_LEAVES = new Set([
  'runtime.mallocgcTiny',
  'runtime.mallocgcSmallNoscan',
  'runtime.mallocgcSmallScanNoHeader',
  'runtime.mallocgcSmallScanHeader',
  'runtime.mallocgcLarge',
]);

/**
 * The functions to probe at a call of them; creation of goroutines, probed at a call
 * within a function, is not among them.
 *
 * @param minor - Go 1.`minor`
 * @param functionNames - all functions of the executable
 */
export function probeTargets(
  minor: number,
  groups: readonly ProbeGroup[],
  functionNames: () => Iterable<string>,
): ProbeTarget[] {
  const targets: ProbeTarget[] = [];
  const add = (
    group: ProbeGroup,
    event: string,
    name: string,
    action: keyof typeof PROBE_ACTIONS,
    argumentCount: number,
  ) =>
    targets.push({
      group,
      event,
      function: name,
      action: PROBE_ACTIONS[action],
      argumentCount,
      readsCallers: action === 'mallocgc',
      isRequired: action === 'casgstatus',
    });
  if (groups.includes('sched')) {
    add('sched', 'go_state', 'runtime.casgstatus', 'casgstatus', 3);
    // A goroutine stopped for a scan of its stack parks by bare stores to its status.
    add('sched', 'go_state', 'runtime.preemptPark', 'preemptPark', 1);
    // Since 1.26 system calls change the status without casgstatus.
    if (minor >= 26) {
      add('sched', 'go_state', 'runtime.reentersyscall', 'syscallEnter', 0);
      add('sched', 'go_state', 'runtime.exitsyscall', 'syscallExit', 0);
    }
  }
  if (groups.includes('alloc')) {
    for (const name of allocators(functionNames())) add('alloc', 'alloc', name, 'mallocgc', 2);
  }
  if (groups.includes('gc')) {
    add('gc', 'gc_begin', 'runtime.gcBgMarkStartWorkers', 'gcBegin', 0);
    add('gc', 'gc_end', 'runtime.gcSweep', 'gcEnd', 0);
    add('gc', 'stw_begin', 'runtime.stopTheWorldWithSema', 'stwBegin', minor >= 21 ? 1 : 0);
    add('gc', 'stw_end', 'runtime.startTheWorldWithSema', 'stwEnd', minor >= 22 ? 2 : 0);
  }
  return targets;
}

/**
 * mallocgc is the one way to the heap, unless the executable has allocators specialised by
 * size (1.27, an experiment in 1.26): user code calls those directly and mallocgc calls
 * them too, so that then the leaves are probed, and each allocation counts once.
 */
function allocators(functionNames: Iterable<string>): string[] {
  const specialised: string[] = [];
  const general: string[] = [];
  for (const name of functionNames) {
    if (SPECIALISED.test(name)) specialised.push(name);
    else if (GENERAL_LEAVES.has(name)) general.push(name);
  }
  if (specialised.length === 0) return ['runtime.mallocgc'];
  return [...specialised.sort(), ...general.sort()];
}

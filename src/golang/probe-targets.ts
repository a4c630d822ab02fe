/**
 * Which functions of the runtime are probed for which events, by Go version.
 *
 * Names and signatures: runtime/proc.go, malloc.go and mgc.go of Go 1.19 to 1.27.
 */

import { argumentsRead, callTargets, type CallGroup, type CallOperands } from './call-targets.ts';
import type { GoFunction } from './go-program.ts';

/** Groups of events that are switched together. */
export type ProbeGroup = 'sched' | 'alloc' | CallGroup;

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
  call: 15,
} as const;

/** The actions that bpf/event.h has. */
export const WIRED_ACTIONS: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15,
]);

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
  /** The linker leaves it out where the program has no use for it. */
  isOptional: boolean;
  /** Of the action `call`. */
  call?: CallOperands;
}

/** Allocators for one size class, called by user code directly; the leaves below mallocgc. */
const SPECIALISED = /^runtime\.mallocgc(Tiny(Size|SC)|SmallNoScanSC|SmallScanNoHeaderSC)\d+$/;
const GENERAL_LEAVES = [
  'runtime.mallocgcTiny',
  'runtime.mallocgcSmallNoscan',
  'runtime.mallocgcSmallScanNoHeader',
  'runtime.mallocgcSmallScanHeader',
  'runtime.mallocgcLarge',
];
const MALLOCGC = 'runtime.mallocgc';

/** What of a program decides on the targets. */
export interface TargetFacts {
  /** The 26 of Go 1.26. */
  minor: number;
  functionNames: () => Iterable<string>;
  /** Into which functions others were inlined. */
  functionsThatInline: (names: readonly string[]) => Map<string, readonly GoFunction[]>;
  /** Numbers of the actions that may be used. */
  wired: ReadonlySet<number>;
}

export interface Targets {
  targets: ProbeTarget[];
  /**
   * By function that is to be seen: names of functions that hold an inlined copy of it which
   * none of the targets sees.
   */
  unseen: Map<string, string[]>;
}

/**
 * The functions to probe at a call of them; creation of goroutines, probed at a call
 * within a function, is not among them.
 *
 * @throws GoProgramError `damaged`
 */
export function probeTargets(groups: readonly ProbeGroup[], facts: TargetFacts): Targets {
  const { minor } = facts;
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
      readsCallers: action === 'mallocgc' || action === 'mallocgcLeaf',
      isRequired: action === 'casgstatus',
      isOptional: false,
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
  const allocUnseen = new Map<string, string[]>();
  if (groups.includes('alloc')) {
    const { calls, leaves } = allocators(facts, allocUnseen);
    for (const name of calls) add('alloc', 'alloc', name, 'mallocgc', 2);
    for (const name of leaves) add('alloc', 'alloc', name, 'mallocgcLeaf', 2);
  }
  if (groups.includes('gc')) {
    add('gc', 'gc_begin', 'runtime.gcBgMarkStartWorkers', 'gcBegin', 0);
    add('gc', 'gc_end', 'runtime.gcSweep', 'gcEnd', 0);
    add('gc', 'stw_begin', 'runtime.stopTheWorldWithSema', 'stwBegin', minor >= 21 ? 1 : 0);
    add('gc', 'stw_end', 'runtime.startTheWorldWithSema', 'stwEnd', minor >= 22 ? 2 : 0);
  }
  for (const { group, event, function: name, operands, isAlwaysThere } of callTargets(
    groups,
    minor,
  )) {
    targets.push({
      group,
      event,
      function: name,
      action: PROBE_ACTIONS.call,
      argumentCount: argumentsRead(operands),
      readsCallers: true,
      isRequired: false,
      isOptional: !isAlwaysThere,
      call: operands,
    });
  }
  const others = targets.filter((target) => target.group !== 'alloc');
  const inlined = facts.functionsThatInline([
    ...others.map((target) => target.function),
    PREEMPT_SCAN,
  ]);
  const unseen = new Map<string, string[]>();
  for (const target of others) {
    const into = inlined.get(target.function)!.map((fn) => fn.name);
    if (into.length === 0) continue;
    if (target.action === PROBE_ACTIONS.preemptPark && inlined.get(PREEMPT_SCAN)?.length === 0) {
      // Called by preemptPark only, with the same goroutine, at the same moment.
      target.function = PREEMPT_SCAN;
      continue;
    }
    if (target.function === 'runtime.reentersyscall' && into.includes(ENTERSYSCALL)) {
      targets.push({ ...target, function: ENTERSYSCALL });
    }
    const rest = into.filter((name) => name !== ENTERSYSCALL);
    if (rest.length > 0) unseen.set(target.function, rest);
  }
  return { targets, unseen: new Map([...unseen, ...allocUnseen]) };
}

const PREEMPT_SCAN = 'runtime.casGToPreemptScan';
/** Nothing but a call of reentersyscall with the caller's registers, which keeps it from being inlined itself. */
const ENTERSYSCALL = 'runtime.entersyscall';

/**
 * mallocgc is the one way to the heap, unless the executable has allocators specialised by
 * size (1.27, an experiment in 1.26), which user code calls directly, and mallocgc as well;
 * or a profile has had mallocgc inlined, so that its leaves (from 1.24 on) are called there.
 * Then the leaves are probed too, but those called by mallocgc itself do not count.
 */
function allocators(
  { functionNames, functionsThatInline, wired }: TargetFacts,
  unseen: Map<string, string[]>,
): { calls: string[]; leaves: string[] } {
  const specialised: string[] = [];
  const general: string[] = [];
  for (const name of functionNames()) {
    if (SPECIALISED.test(name)) specialised.push(name);
    else if (GENERAL_LEAVES.includes(name)) general.push(name);
  }
  const inlined = functionsThatInline([MALLOCGC, ...specialised, ...GENERAL_LEAVES]);
  const copies = inlined.get(MALLOCGC)!.map((fn) => fn.name);
  inlined.delete(MALLOCGC);
  const leaves = [...specialised.sort(), ...general.sort()];
  const note = (isSeen: (name: string) => boolean) => {
    for (const [leaf, into] of inlined) {
      const names = into.map((fn) => fn.name).filter((name) => !isSeen(name));
      if (names.length > 0) unseen.set(leaf, names);
    }
  };
  if (specialised.length === 0 && copies.length === 0) return { calls: [MALLOCGC], leaves: [] };
  if (wired.has(PROBE_ACTIONS.mallocgcLeaf) && leaves.length > 0) {
    note((name) => name === MALLOCGC);
    return { calls: [MALLOCGC], leaves: copies.length > 0 ? leaves : specialised };
  }
  // The leaves alone see each allocation, too, if none of them was inlined.
  const areWhole = leaves.length > 0 && [...inlined.values()].every((into) => into.length === 0);
  if (specialised.length > 0 || areWhole) {
    note(() => false);
    return { calls: leaves, leaves: [] };
  }
  unseen.set(MALLOCGC, copies);
  return { calls: [MALLOCGC], leaves: [] };
}

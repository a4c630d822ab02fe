/**
 * Everything that recording a Go program depends on its version and its code for: where to
 * put which probe, where fields are, what numbers mean.
 */
import { checkOffsets, labelsAreAt } from './check-offsets.ts';
import { chooseSite } from './choose-site.ts';
import { GoProgramError } from './go-program-error.ts';
import type { GoProgram } from './go-program.ts';
import type { Machine } from './instruction.ts';
import { machineOf } from './machine-of.ts';
import { planAssists } from './plan-assists.ts';
import { planOtherCreations, planRunqputCall } from './plan-creation.ts';
import { planHeapGoal } from './plan-heap-goal.ts';
import { planSweepEnd } from './plan-sweep-end.ts';
import { COROSWITCH, planSwaps } from './plan-swaps.ts';
import { probeSitePlan, type ProbeSitePlan } from './probe-site-plan.ts';
import {
  PROBE_ACTIONS,
  WIRED_ACTIONS,
  probeTargets,
  type ProbeGroup,
  type ProbeTarget,
} from './probe-targets.ts';
import { NEWEST_MINOR, type GoOffsets } from './runtime-layout.ts';
import { knownReasons, pretendedReasons, waitReasons } from './wait-reasons.ts';

export interface ProbePlan {
  sites: ProbeSitePlan[];
  /** Probes that need an action that the kernel side has not: what they would add. */
  inlinedSites: ProbeSitePlan[];
  /**
   * The code of mallocgc, addresses as in the file: probes with the action `mallocgcLeaf` do
   * not count calls from there. Undefined when there are none of those.
   */
  mallocgc: { start: number; end: number } | undefined;
  offsets: GoOffsets;
  /** Where the offsets came from and what confirmed them, for people. */
  offsetsSource: string;
  /** Bit n: wait reason n is only pretended. */
  pretendedReasons: bigint;
  /** Bit n: wait reason n exists. */
  knownReasons: bigint;
  /** Number of the wait reason "preempted". */
  preemptedReason: number;
  /** Index is the number in g.waitreason, index 0 is ''. */
  waitReasons: readonly string[];
  /** casgstatus tells of system calls (Go <= 1.25). */
  casTellsSyscalls: boolean;
  /** No call of runqput was found: creations are casgstatus 6->1 (only Go >= 1.24). */
  createFromCas: boolean;
  /** Goroutines that start parked have their number when casgstatus tells of them (Go >= 1.24). */
  createParkedFromCas: boolean;
  /**
   * Every start and stop of a goroutine on a thread meets a probe, so that which one runs is
   * known without reading. Not so in builds that inline a probed function, and in those with
   * coroutines (iter.Pull), which switch by bare stores.
   */
  tracksRunning: boolean;
  /** The first argument of stopTheWorldWithSema is the reason (Go >= 1.21). */
  stwBeginHasReason: boolean;
  /** The second argument of startTheWorldWithSema is the reason (Go >= 1.22). */
  stwEndHasReason: boolean;
  /** What the recording will not have, one sentence each. */
  warnings: string[];
}

/** Functions named in a warning; the rest is counted. */
const MAX_NAMED = 6;

const CASGSTATUS = 'runtime.casgstatus';
const NO_CREATION = [
  'the creation of goroutines is inlined in this build: goroutines appear when they first run',
  'the creation of coroutines (iter.Pull) is not seen: they appear when they first run',
] as const;

/**
 * Plan the probes of a program.
 *
 * @param groups - which events are wanted
 * @param wired - numbers of the actions that the kernel side has
 * @throws GoProgramError `damaged` when the code contradicts what is known of the version, so
 *   that nothing could be recorded rightly
 */
export function planProbes(
  program: GoProgram,
  groups: readonly ProbeGroup[],
  wired: ReadonlySet<number> = WIRED_ACTIONS,
): ProbePlan {
  const machine = machineOf(program.arch);
  const minor = program.goMinor;
  const warnings: string[] = [];
  const known = Math.min(minor, NEWEST_MINOR);
  if (minor > known) {
    warnings.push(
      `${program.goVersion} is newer than this version of xgotop knows: taken for go1.${known}, ` +
        'which agrees with the code of the program',
    );
  }
  const { offsets: stated, source } = program.structOffsets();
  const agreed = checkOffsets(program, machine, stated);
  const offsets = labelsAreAt(program, machine, stated.gLabels)
    ? stated
    : { ...stated, gLabels: -1 };

  const { targets, unseen } = probeTargets(groups, {
    minor: known,
    functionNames: () => program.functionNames(),
    functionsThatInline: (names) => program.functionsThatInline(names),
    wired,
  });
  const planned: ProbeSitePlan[] = [];
  for (const target of targets) {
    const site = planTarget(program, machine, target, warnings);
    if (site !== undefined) planned.push(site);
  }
  let createFromCas = false;
  const isPlanned = (action: number) => planned.some((site) => site.action === action);
  if (groups.includes('sched')) {
    const copies = program.functionsThatInline([CASGSTATUS]).get(CASGSTATUS)!;
    const swaps = planSwaps(program, machine, copies, offsets.gStatus);
    planned.push(...swaps.sites);
    const notTold = wired.has(PROBE_ACTIONS.statusSwap)
      ? swaps.unseen
      : [...swaps.sites.map((site) => site.function), ...swaps.unseen];
    unseen.delete(CASGSTATUS);
    if (notTold.length > 0) unseen.set(CASGSTATUS, [...new Set(notTold)].sort());

    const runqput = planRunqputCall(program, machine);
    if (runqput !== undefined) planned.push(runqput);
    if (known >= 24) createFromCas = runqput === undefined;
    else {
      const others = planOtherCreations(program, machine, offsets.gGoid, runqput !== undefined);
      planned.push(...(others ?? []));
      const isWired = wired.has(PROBE_ACTIONS.createAt) || others?.length === 0;
      if (others === undefined || !isWired) warnings.push(NO_CREATION[runqput ? 1 : 0]);
    }
  }
  if (groups.includes('gc')) {
    planned.push(...planAssists(program, machine, warnings));
    planned.push(...planHeapGoal(program, machine, warnings));
    planned.push(...planSweepEnd(program, machine, warnings));
  }
  warnUnseen(unseen, warnings);
  const sites = planned.filter((site) => wired.has(site.action));
  const mallocgc = isPlanned(PROBE_ACTIONS.mallocgcLeaf)
    ? program.functionNamed('runtime.mallocgc')
    : undefined;
  const schedTargets = targets.filter((target) => target.group === 'sched');
  const seesAll = ({ function: name }: ProbeTarget) =>
    sites.some((site) => site.function === name) && !unseen.has(name);
  return {
    sites,
    inlinedSites: planned.filter((site) => !wired.has(site.action)),
    mallocgc: mallocgc && { start: mallocgc.entry, end: mallocgc.end },
    offsets,
    offsetsSource: `${source}, agreed with ${agreed}`,
    pretendedReasons: pretendedReasons(known),
    knownReasons: knownReasons(known),
    preemptedReason: waitReasons(known).indexOf('preempted'),
    waitReasons: waitReasons(known),
    casTellsSyscalls: known <= 25,
    createFromCas,
    createParkedFromCas: known >= 24,
    tracksRunning: schedTargets.length > 0 && schedTargets.every(seesAll),
    stwBeginHasReason: known >= 21,
    stwEndHasReason: known >= 22,
    warnings,
  };
}

function planTarget(
  program: GoProgram,
  machine: Machine,
  target: ProbeTarget,
  warnings: string[],
): ProbeSitePlan | undefined {
  const fn = program.functionNamed(target.function);
  const { registers } = machine;
  let needed = registers.g;
  for (const argument of registers.arguments.slice(0, target.argumentCount)) needed |= argument;
  if (target.readsCallers) needed |= registers.callers;
  const chosen = fn && chooseSite(program, machine, fn, needed);
  if (chosen === undefined) {
    if (target.isOptional && fn === undefined) return undefined;
    const what = `${target.function} is not in the executable`;
    if (target.isRequired) throw new GoProgramError('damaged', what);
    warnings.push(`${what}: no ${target.event} events from it`);
    return undefined;
  }
  const site = probeSitePlan(program, target, chosen);
  // A fatal error happens once.
  if (!site.emulated && target.event !== 'fatal') {
    warnings.push(`the probe on ${target.function} costs a single step of the kernel at each call`);
  }
  return site;
}

/** Say where a function runs without being called, and is not seen. */
function warnUnseen(unseen: ReadonlyMap<string, readonly string[]>, warnings: string[]): void {
  for (const [name, all] of unseen) {
    // It has no copy of casgstatus but does the same.
    const into = all.filter((inlining) => inlining !== COROSWITCH);
    if (into.length < all.length) {
      warnings.push('switches between coroutines (iter.Pull) are not seen');
    }
    if (into.length === 0) continue;
    const count = into.length === 1 ? '1 place runs' : `${into.length} places run`;
    const rest = into.length > MAX_NAMED ? `, and ${into.length - MAX_NAMED} more` : '';
    const named = into.slice(0, MAX_NAMED).join(', ');
    warnings.push(`${count} ${name} inlined, unseen: ${named}${rest}`);
  }
}

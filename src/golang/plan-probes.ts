/**
 * Everything that recording a Go program depends on its version and its code for: where to
 * put which probe, where fields are, what numbers mean.
 */
import { checkOffsets } from './check-offsets.ts';
import { chooseSite, type ChosenSite } from './choose-site.ts';
import { GoProgramError } from './go-program-error.ts';
import type { GoProgram } from './go-program.ts';
import { instructions, type Machine } from './instruction.ts';
import { machineOf } from './machine-of.ts';
import { PROBE_ACTIONS, probeTargets, type ProbeGroup, type ProbeTarget } from './probe-targets.ts';
import { NEWEST_MINOR, goOffsets, type GoOffsets } from './runtime-layout.ts';
import { knownReasons, pretendedReasons, waitReasons } from './wait-reasons.ts';

/** One probe. */
export interface ProbeSitePlan {
  group: ProbeGroup;
  /** The event it becomes, as the column `event` names it; casgstatus also makes go_exit. */
  event: string;
  function: string;
  /** Of the instruction, as in the file. */
  address: number;
  fileOffset: number;
  /** Assembly text, e.g. `push rbp`. */
  instruction: string;
  /** The kernel emulates it; otherwise each hit costs a single step, some 35 times as much. */
  emulated: boolean;
  /** Why this instruction, in one phrase. */
  rule: string;
  /** `enum probe_action` of bpf/event.h. */
  action: number;
  /** The stack check's branch: hits that take it are dropped. */
  stackCheck: boolean;
}

export interface ProbePlan {
  sites: ProbeSitePlan[];
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

/**
 * Plan the probes of a program.
 *
 * @param groups - which events are wanted
 * @throws GoProgramError `damaged` when the code contradicts what is known of the version, so
 *   that nothing could be recorded rightly
 */
export function planProbes(program: GoProgram, groups: readonly ProbeGroup[]): ProbePlan {
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
  const offsets = goOffsets(known);
  const agreed = checkOffsets(program, machine, offsets);

  const targets = probeTargets(known, groups, () => program.functionNames());
  const sites: ProbeSitePlan[] = [];
  for (const target of targets) {
    const site = planTarget(program, machine, target, warnings);
    if (site !== undefined) sites.push(site);
  }
  let createFromCas = false;
  if (groups.includes('sched')) {
    const creation = planCreation(program, machine);
    if (creation !== undefined) sites.push(creation);
    else if (known >= 24) createFromCas = true;
    else {
      warnings.push(
        'the creation of goroutines is inlined in this build: goroutines appear when they first run',
      );
    }
  }
  const inlined = inlinedFunctions(program, sites);
  warnInlined(inlined, warnings);
  const schedTargets = targets.filter((target) => target.group === 'sched');
  const seesAll = ({ function: name }: ProbeTarget) =>
    sites.some((site) => site.function === name) && inlined.get(name)?.length === 0;
  return {
    sites,
    offsets,
    offsetsSource: `table for go1.${known}, agreed with ${agreed}`,
    pretendedReasons: pretendedReasons(known),
    knownReasons: knownReasons(known),
    preemptedReason: waitReasons(known).indexOf('preempted'),
    waitReasons: waitReasons(known),
    casTellsSyscalls: known <= 25,
    createFromCas,
    createParkedFromCas: known >= 24,
    tracksRunning:
      schedTargets.length > 0 &&
      schedTargets.every(seesAll) &&
      program.functionNamed('runtime.coroswitch_m') === undefined,
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
    const what = `${target.function} is not in the executable`;
    if (target.isRequired) throw new GoProgramError('damaged', what);
    warnings.push(`${what}: no ${target.event} events from it`);
    return undefined;
  }
  const site = sitePlan(program, target, chosen);
  if (!site.emulated) {
    warnings.push(`the probe on ${target.function} costs a single step of the kernel at each call`);
  }
  return site;
}

/**
 * The call of runqput in newproc.func1: the new goroutine is complete there, and cannot
 * have run. Earlier its number may still be that of the goroutine whose memory it reuses.
 */
function planCreation(program: GoProgram, machine: Machine): ProbeSitePlan | undefined {
  const fn = program.functionNamed('runtime.newproc.func1');
  if (fn === undefined) return undefined;
  for (const instruction of instructions(machine, program.codeOf(fn), fn.entry)) {
    if (instruction.flow !== 'call' || instruction.target === undefined) continue;
    if (program.functionAt(instruction.target)?.name !== 'runtime.runqput') continue;
    const target = {
      group: 'sched' as const,
      event: 'go_create',
      function: fn.name,
      action: PROBE_ACTIONS.runqputCall,
    };
    const rule = 'the call that makes the new goroutine runnable';
    const site = sitePlan(program, target, { instruction, rule, stackCheck: false });
    return { ...site, instruction: instruction.text.replace(/ .*/, ' runtime.runqput') };
  }
  return undefined;
}

function sitePlan(
  program: GoProgram,
  target: Pick<ProbeTarget, 'group' | 'event' | 'function' | 'action'>,
  { instruction, rule, stackCheck }: ChosenSite,
): ProbeSitePlan {
  const fileOffset = program.fileOffsetOf(instruction.address);
  if (fileOffset === undefined) {
    throw new GoProgramError('damaged', `${target.function} has no code in the executable`);
  }
  return {
    group: target.group,
    event: target.event,
    function: target.function,
    address: instruction.address,
    fileOffset,
    instruction: instruction.text,
    emulated: instruction.isEmulated,
    rule,
    action: target.action,
    stackCheck,
  };
}

/** Into which functions each probed function was inlined: profile-guided builds do that to some. */
function inlinedFunctions(program: GoProgram, sites: ProbeSitePlan[]): Map<string, string[]> {
  const calls = sites.filter((site) => site.action !== PROBE_ACTIONS.runqputCall);
  return program.functionsThatInline(calls.map((site) => site.function));
}

/** Say where a probed function runs without being called. */
function warnInlined(inlined: Map<string, string[]>, warnings: string[]): void {
  for (const [name, into] of inlined) {
    if (into.length === 0) continue;
    const count = into.length === 1 ? '1 place runs' : `${into.length} places run`;
    const rest = into.length > MAX_NAMED ? `, and ${into.length - MAX_NAMED} more` : '';
    const named = into.slice(0, MAX_NAMED).join(', ');
    warnings.push(`${count} ${name} inlined, unseen: ${named}${rest}`);
  }
}

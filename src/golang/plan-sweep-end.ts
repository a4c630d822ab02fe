/**
 * When the collector finds no more span to sweep, once a cycle.
 *
 * sweepone, which all who sweep call, wakes the scavenger then by (*scavengerState).ready. That
 * is a single store, inlined everywhere but in builds without inlining; the compiler leaves an
 * instruction at the beginning of what it inlines, and the probe is there. mgcsweep.go,
 * Go 1.19 to 1.27.
 */
import { chooseSite, type ChosenSite } from './choose-site.ts';
import type { GoProgram } from './go-program.ts';
import { instructions, type Machine } from './instruction.ts';
import { probeSitePlan, type ProbeSitePlan } from './probe-site-plan.ts';
import { PROBE_ACTIONS } from './probe-targets.ts';

const READY = 'runtime.(*scavengerState).ready';

/**
 * The probes, one for each copy; none, and a warning, when there is none.
 *
 * @throws GoProgramError `damaged`
 */
export function planSweepEnd(
  program: GoProgram,
  machine: Machine,
  warnings: string[],
): ProbeSitePlan[] {
  const copies = program.functionsThatInline([READY]).get(READY)!;
  const sites = [...new Map(copies.map((fn) => [fn.entry, fn])).values()].flatMap((fn) => {
    const wanted = new Set(program.inlinedCallsOf(READY, fn));
    return [...instructions(machine, program.codeOf(fn), fn.entry)]
      .filter(({ address }) => wanted.has(address))
      .map((instruction) => {
        const rule = 'where what ends sweeping was inlined';
        return siteIn(program, fn.name, { instruction, rule, stackCheck: false }, true);
      });
  });
  const called = program.functionNamed(READY);
  const chosen = called && chooseSite(program, machine, called, machine.registers.g);
  if (chosen !== undefined) sites.push(siteIn(program, READY, chosen, false));
  if (sites.length === 0) {
    warnings.push('where sweeping ends was not found in this build: no gc_sweep_end events');
  }
  return sites;
}

function siteIn(
  program: GoProgram,
  name: string,
  site: ChosenSite,
  isWithin: boolean,
): ProbeSitePlan {
  const [action, group, event] = [PROBE_ACTIONS.call, 'gc', 'gc_sweep_end'] as const;
  return probeSitePlan(program, { group, event, function: name, action, call: { isWithin } }, site);
}

/**
 * What does a recorded event cost the program, compared with what cannot be avoided?
 *
 * (a) our handler against a program that returns at once, at the same site;
 * (b) the same handler at the emulated instruction against the function's entry.
 *
 * A Go program calls mallocgc and casgstatus and prints its thread's CPU time; each variant
 * is attached in turn, round by round, with the other probes of `sched` and `alloc` beside it as
 * in a recording, and medians are compared. The program's own time,
 * measured without a probe, is taken off. Limits: (a) 1.3, (b) below 1.
 *
 * Run: npm run build, then sudo node bench/overhead.mjs [rounds]
 */
import { EVENT_CONSTANTS } from '../dist/src/record/event-layout.js';
import { startCallsProgram } from './calls-program.mjs';
import { median } from './go-program.mjs';

const ROUNDS = Number(process.argv[2] ?? 15);
const CALLS = 100_000;
/** A hit at the entry costs up to 40 times as much. */
const ENTRY_CALLS = 5_000;
const WITHIN = 1.3;

const { plan, program, measure, end } = startCallsProgram();

let isWithin = true;
console.log(`${ROUNDS} rounds of ${CALLS} calls, medians, ns of the thread's CPU a call`);
for (const what of ['mallocgc', 'casgstatus']) {
  const planned = plan.sites.find((site) => site.function === `runtime.${what}`);
  const entry = program.functionNamed(`runtime.${what}`).entry;
  /** All sites of the plan, that of `what` and all their actions changed. */
  const sites = (change, action) =>
    plan.sites.map((site) => ({
      fileOffset: site.fileOffset,
      action: action ?? site.action,
      stackCheck: site.stackCheck,
      ...(site === planned ? change : {}),
    }));
  const variants = {
    none: [CALLS, undefined],
    empty: [CALLS, sites({}, EVENT_CONSTANTS.PROBE_EMPTY)],
    full: [CALLS, sites({})],
    entry: [ENTRY_CALLS, sites({ fileOffset: program.fileOffsetOf(entry), stackCheck: false })],
  };
  const taken = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  let lost = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [calls, probe]] of Object.entries(variants)) {
      const measured = await measure(what, calls, probe);
      taken[name].push(measured.nsPerCall);
      lost += measured.lost;
    }
  }
  const none = median(taken.none);
  const [empty, full, atEntry] = ['empty', 'full', 'entry'].map(
    (name) => median(taken[name]) - none,
  );
  const isEntry = entry === planned.address;
  console.log(`${what} at ${planned.instruction}, ${planned.rule}`);
  console.log(`  without a probe    ${none.toFixed(0)}`);
  console.log(`  empty program      ${empty.toFixed(0)}`);
  console.log(
    `  our handler        ${full.toFixed(0)}   ${(full / empty).toFixed(2)} x empty, limit ${WITHIN}; ${lost} lost`,
  );
  console.log(
    isEntry
      ? '  the entry is that instruction'
      : `  the same at entry  ${atEntry.toFixed(0)}   ours is ${(full / atEntry).toFixed(3)} of it`,
  );
  isWithin &&= full / empty <= WITHIN && lost === 0;
}
end();
process.exitCode = isWithin ? 0 : 1;

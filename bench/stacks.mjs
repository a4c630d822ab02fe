/**
 * What does a recorded stack cost the program, beside the event alone?
 *
 * A Go program allocates under so many calls of a function with a small frame and prints its
 * thread's CPU time; with the probe, and with the probe and stacks, in turns, medians. The
 * program's own time, measured without a probe, is taken off.
 *
 * Run: npm run build, then sudo node bench/stacks.mjs [rounds]
 */
import { startCallsProgram } from './calls-program.mjs';
import { median } from './go-program.mjs';

const ROUNDS = Number(process.argv[2] ?? 9);
const CALLS = 50_000;
const ALLOC = 4n;
const DEPTHS = [1, 8, 32, 100];

const { plan, measure, end } = startCallsProgram();
const sites = plan.sites
  .filter(({ event }) => event === 'alloc')
  .map(({ fileOffset, action, stackCheck }) => ({ fileOffset, action, stackCheck }));
const { gSched, gobufBp } = plan.offsets;
const stacks = {
  sched: 0, alloc: 128, gc: 0, hasCalls: false, kinds: 1n << ALLOC, gSched, gobufBp,
}; // prettier-ignore

console.log(`${ROUNDS} rounds of ${CALLS} allocations, medians, ns of the thread's CPU each`);
for (const depth of DEPTHS) {
  const taken = { none: [], event: [], stack: [] };
  let lost = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const command = `deep ${depth}`;
    taken.none.push((await measure(command, CALLS)).nsPerCall);
    for (const [name, wanted] of [['event'], ['stack', stacks]]) {
      const measured = await measure(command, CALLS, sites, wanted);
      taken[name].push(measured.nsPerCall);
      lost += measured.lost;
    }
  }
  const none = median(taken.none);
  const [event, stack] = [median(taken.event) - none, median(taken.stack) - none];
  console.log(
    `  ${String(depth).padStart(3)} calls deep: event ${event.toFixed(0)}, with its stack ${stack.toFixed(0)}, ` +
      `${(stack / event).toFixed(2)} x; ${((stack - event) / depth).toFixed(0)} a frame; ${lost} lost`,
  );
}
end();

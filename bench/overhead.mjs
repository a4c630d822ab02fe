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
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { callerTellsAllocator, openGoProgram, planProbes } from '../dist/src/golang/index.js';
import { openExecutable } from '../dist/src/record/executable-file.js';
import { EVENT_CONSTANTS } from '../dist/src/record/event-layout.js';
import { loadNative } from '../dist/src/record/native.js';
import { stackChecks } from '../dist/src/record/session-setup.js';
import { buildBenchProgram, median } from './go-program.mjs';

const ROUNDS = Number(process.argv[2] ?? 15);
const CALLS = 100_000;
/** A hit at the entry costs up to 40 times as much. */
const ENTRY_CALLS = 5_000;
const WITHIN = 1.3;

const native = loadNative();
const path = buildBenchProgram('calls');
const program = openGoProgram(openExecutable(path));
const plan = planProbes(program, ['sched', 'alloc']);
const target = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: target.stdout })[Symbol.asyncIterator]();

/** CPU time of the target's thread for so many calls, ns a call; with probes or without. */
async function measure(what, calls, sites) {
  const recorder = native.open({
    objectPath: fileURLToPath(new URL('../bpf/record.bpf.o', import.meta.url)),
    follow: { mode: EVENT_CONSTANTS.FOLLOW_LISTED, pids: [target.pid] },
    offsets: plan.offsets,
    ringBytes: 1 << 24,
    blockRows: 65536,
    blockCount: 8,
    startMonoNs: native.monotonicNs(),
    pretendedReasons: plan.pretendedReasons,
    knownReasons: plan.knownReasons,
    casTellsSyscalls: plan.casTellsSyscalls,
    createFromCas: plan.createFromCas,
    createParkedFromCas: plan.createParkedFromCas,
    tracksRunning: plan.tracksRunning,
    stwKindBase: 9,
    stackChecks: stackChecks(sites ?? []),
    callerTellsAllocator: callerTellsAllocator(program, plan.sites),
  });
  if (sites) recorder.attach(`/proc/${target.pid}/exe`, sites);
  const discard = () => {
    for (let block; (block = recorder.takeBlock(false));) recorder.releaseBlock(block.index);
  };
  recorder.start(5, discard);
  const ask = async (count) => {
    target.stdin.write(`${what} ${count}\n`);
    return Number((await answers.next()).value);
  };
  await ask(calls / 10); // pages and caches
  const cpuNs = await ask(calls);
  recorder.detach();
  discard();
  const { events, lost } = recorder.stats();
  recorder.close();
  return { nsPerCall: cpuNs / calls, events: Number(events), lost: Number(lost[0] + lost[1]) };
}

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
target.stdin.end();
process.exitCode = isWithin ? 0 : 1;

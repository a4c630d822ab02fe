/** The program that calls a function of the runtime as often as it is told, with probes or without. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { callerTellsAllocator, openGoProgram, planProbes } from '../dist/src/golang/index.js';
import { openExecutable } from '../dist/src/record/executable-file.js';
import { EVENT_CONSTANTS } from '../dist/src/record/event-layout.js';
import { loadNative } from '../dist/src/record/native.js';
import { stackChecks } from '../dist/src/record/session-setup.js';
import { buildBenchProgram } from './go-program.mjs';

/** Build and start bench/testdata/calls; `end` lets it end. */
export function startCallsProgram() {
  const native = loadNative();
  const path = buildBenchProgram('calls');
  const program = openGoProgram(openExecutable(path));
  const plan = planProbes(program, ['sched', 'alloc']);
  const target = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: target.stdout })[Symbol.asyncIterator]();

  /**
   * CPU time of the program's thread, ns a call.
   *
   * @param command - what it is told, without the count
   * @param sites - probes; absent: none
   * @param stacks - as OpenOptions.stacks; absent: none
   */
  async function measure(command, calls, sites, stacks) {
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
      ...(stacks === undefined ? {} : { stacks }),
    });
    if (sites) recorder.attach(`/proc/${target.pid}/exe`, sites);
    const discard = () => {
      for (let block; (block = recorder.takeBlock(false));) recorder.releaseBlock(block.index);
    };
    recorder.start(5, discard);
    const ask = async (count) => {
      target.stdin.write(`${command} ${count}\n`);
      return Number((await answers.next()).value);
    };
    await ask(calls / 10); // pages and caches
    const cpuNs = await ask(calls);
    recorder.detach();
    discard();
    const { events, lost } = recorder.stats();
    recorder.close();
    const all = lost.reduce((sum, count) => sum + Number(count), 0);
    return { nsPerCall: cpuNs / calls, events: Number(events), lost: all };
  }

  return { plan, program, measure, end: () => target.stdin.end() };
}

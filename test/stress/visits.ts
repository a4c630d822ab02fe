/**
 * The ways in which a recorder meets the stress program: it comes and goes, is killed, or stalls.
 *
 * Each visit says what was wrong, as lines of words; no line when all was right.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecording, type LossCause, type Recording } from '../../src/format/index.ts';
import { FormatError } from '../../src/format/errors.ts';
import { openFileSource } from '../../src/query/file-source.ts';
import { readRecording } from '../kernel/recorded-events.ts';
import { brokenChains } from '../kernel/state-chains.ts';
import { start } from '../kernel/xgotop.ts';
import { foreignCodeBytes } from './own-code.ts';
import type { StressProgram } from './stress-program.ts';

/** In the order in which visits go through them. */
const GROUPS = ['sched', 'alloc', 'gc', 'sched,gc', 'sched,alloc', 'alloc,gc', 'all'];

/** How long a visit records. Probes come and go one after another, at its edges some only. */
const VISIT_MS = 800;
const WHOLE_FROM_NS = 300e6;

/**
 * A child of the program executes the same file and is spared by a filter, which does not come
 * along when the program executes itself; the recorder says so.
 */
const LEFT_BEHIND = /executed itself again and met no probe since/;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Records for a moment, with other groups each time. */
export async function visit(program: StressProgram, round: number): Promise<string[]> {
  return inFolder(async (path) => {
    const groups = GROUPS[round % GROUPS.length]!;
    const [execs, roundsBefore] = [program.execs, program.rounds];
    const args = [
      'record',
      '-p',
      `${program.pid}`,
      '-e',
      groups,
      '-d',
      `${VISIT_MS}ms`,
      '-o',
      path,
    ];
    const ran = await start(args).done;
    if (ran.code !== 0) {
      // Between two images there may be nothing to look at.
      return program.execs > execs && ran.code === 1 ? [] : [`${groups}: ${ran.stderr}`];
    }
    const { recording, events } = await readRecording(path);
    const wrong = [...losses(recording, ['bad_read', 'ring_full', 'overrun'])];
    const whole = events.filter(({ timeNs }) => {
      return timeNs > WHOLE_FROM_NS && timeNs < VISIT_MS * 1e6;
    });
    // A plugin brings its own copies of the runtime's functions, which have no probes: what it
    // calls wakes goroutines by those, and its newstack lets any of them run, unseen.
    if (!program.hasPlugin) wrong.push(...brokenChains(whole).slice(0, 3));
    if (events.length === 0 && groups !== 'gc' && !LEFT_BEHIND.test(ran.stderr))
      wrong.push('no event');
    if (program.rounds < roundsBefore) wrong.push('the program went back');
    return [...wrong, ...(await leftBehind(program))].map((fact) => `${groups}: ${fact}`);
  });
}

/** Records, and dies without a word after `afterMs`. */
export async function killedVisit(
  program: StressProgram,
  round: number,
  afterMs: number,
): Promise<string[]> {
  return inFolder(async (path) => {
    const groups = GROUPS[round % GROUPS.length]!;
    const { child, done } = start(['record', '-p', `${program.pid}`, '-e', groups, '-o', path]);
    await sleep(afterMs);
    child.kill('SIGKILL');
    await done;
    const wrong = await leftBehind(program);
    if (existsSync(path)) wrong.push(...(await cutOff(path)));
    return wrong.map((fact) => `${groups} killed after ${afterMs} ms: ${fact}`);
  });
}

/** Records with a small ring, and is stopped for a second: the ring fills, the program goes on. */
export async function stalledVisit(program: StressProgram): Promise<string[]> {
  return inFolder(async (path) => {
    const args = ['-p', `${program.pid}`, '-e', 'all', '--ring-size', '1', '-o', path];
    const { child, done } = start(['record', ...args]);
    const isAttached = await until(() => (foreignCodeBytes(program.pid) ?? 0) > 0);
    // From then on it ends by a signal as it should.
    await until(() => existsSync(path) && statSync(path).size > 4096);
    const { rounds, execs } = program;
    child.kill('SIGSTOP');
    // Two ticks of the program, whatever else the machine does.
    const goesOn = await until(() => program.rounds > rounds || !program.isRunning);
    await sleep(1000);
    child.kill('SIGCONT');
    child.kill('SIGINT');
    const ran = await done;
    if (ran.code !== 0) return program.execs > execs ? [] : [`stalled: ${ran.stderr}`];
    const { recording } = await readRecording(path);
    const wrong = [...losses(recording, ['bad_read'])];
    if (!isAttached) wrong.push('a probe is not seen in its code');
    if (!goesOn) wrong.push('the program waits for the recorder');
    if (countLost(recording, 'ring_full') === 0 && !LEFT_BEHIND.test(ran.stderr))
      wrong.push('the ring did not fill');
    return [...wrong, ...(await leftBehind(program))].map((fact) => `stalled: ${fact}`);
  });
}

async function inFolder(work: (path: string) => Promise<string[]>): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'xgotop-stress-'));
  try {
    return await work(join(dir, 'run.arrow'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Wait for a fact, some seconds at the most. */
async function until(isSo: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (isSo()) return true;
    await sleep(50);
  }
  return false;
}

/** The kernel takes probes out a moment after their owner died. */
async function leftBehind(program: StressProgram): Promise<string[]> {
  const isOwn = await until(() => !program.isRunning || foreignCodeBytes(program.pid) === 0);
  return isOwn ? [] : [`${foreignCodeBytes(program.pid) ?? 'no'} bytes of code are not its own`];
}

function countLost(recording: Recording, cause: LossCause): number {
  return recording.chunks.reduce((sum, { lost }) => sum + lost[cause], 0);
}

function losses(recording: Recording, causes: readonly LossCause[]): string[] {
  return causes
    .map((cause) => ({ cause, count: countLost(recording, cause) }))
    .filter(({ count }) => count > 0)
    .map(({ cause, count }) => `${count} lost: ${cause}`);
}

/** A recording that was cut off opens, and is sound as far as it goes. */
async function cutOff(path: string): Promise<string[]> {
  const source = await openFileSource(path);
  try {
    const recording = await openRecording(source);
    const damage = recording.damage === undefined ? [] : [recording.damage.message];
    return [...damage, ...losses(recording, ['bad_read'])];
  } catch (error) {
    // It died before the first message was whole.
    return error instanceof FormatError && (await source.size()) < 4096 ? [] : [String(error)];
  } finally {
    source.close();
  }
}

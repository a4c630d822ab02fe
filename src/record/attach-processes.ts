/** Where the probes of a recording are placed, and who ran before they were. */
import { UserError } from '../format/errors.ts';
import { findAllgs, type ProbePlan } from '../golang/index.ts';
import { emptyCensus, takeCensus, type CensusWishes } from './census.ts';
import { cookieOperands } from './cookie-operands.ts';
import { allPids, executes, fileIdentity, type FileIdentity } from './find-processes.ts';
import { pidsOf, type GoTarget } from './go-target.ts';
import type { Native, NativeRecorder, ProbeSite } from './native.ts';
import type { ProcessCensus } from './older-goroutines.ts';
import { loadBias, startedAtS } from './process-facts.ts';
import type { StackDepths } from './stack-options.ts';

/** More filters than this cost each of the processes more than they save the others. */
const FILTER_LIMIT = 8;

/**
 * Place the probes.
 *
 * Processes that were named one by one get probes of their own where others execute the file too:
 * those do not even trap. The kernel's filter is of the task that leads the process (Linux 6.18,
 * uprobe_multi_link_filter), and when another thread executes a program anew that task is gone and
 * the filter lets nothing through. So where nobody else is to be spared there is none.
 *
 * @returns how, `uprobe_multi` or `perf_event`
 */
export function attachProbes(
  recorder: NativeRecorder,
  { path, follow, processes, plan }: GoTarget,
  stacks: StackDepths,
): string {
  const sites = attachedSites(plan, stacks);
  if (follow.who !== 'listed') return recorder.attach(path, sites).method;
  let method = '';
  /** Files whose probes are not filtered: once is enough. */
  const whole = new Set<string>();
  for (const { pid } of processes) {
    const exe = `/proc/${pid}/exe`;
    const file = fileIdentity(exe);
    const key = file ? `${file.dev} ${file.ino}` : exe;
    if (whole.has(key)) continue;
    const wantsFilter =
      processes.length <= FILTER_LIMIT && file !== undefined && hasOthers(file, processes);
    const attached = recorder.attach(exe, sites, wantsFilter ? pid : undefined);
    if (!wantsFilter || !attached.isFiltered) whole.add(key);
    ({ method } = attached);
  }
  return method;
}

/** Whether a process executes the file that was not named. */
function hasOthers(file: FileIdentity, named: readonly { pid: number }[]): boolean {
  const pids = new Set(named.map(({ pid }) => pid));
  return allPids().some((pid) => !pids.has(pid) && executes(pid, file));
}

function attachedSites({ sites, mallocgc }: ProbePlan, stacks: StackDepths): ProbeSite[] {
  return sites.map((site) => ({
    fileOffset: site.fileOffset,
    address: site.address,
    action: site.action,
    stackCheck: site.stackCheck,
    cookieOperands: cookieOperands(site, mallocgc, stacks[site.group] ?? 0),
  }));
}

/**
 * The processes that ran before the probes, with their goroutines; made known to the addon.
 *
 * @param attachedAtS - `uptimeS` after the recording began: who began later is seen whole
 * @throws UserError when a process that was named has ended
 */
export function takeRunning(
  native: Native,
  recorder: NativeRecorder,
  target: GoTarget,
  attachedAtS: number,
  wishes: CensusWishes,
): ProcessCensus[] {
  const { follow, path, processes } = target;
  if (follow.who === 'launched') return [];
  const file = fileIdentity(path);
  const pids =
    follow.who === 'listed'
      ? processes.map(({ pid }) => pid)
      : pidsOf(follow).filter(
          (pid) =>
            file !== undefined &&
            executes(pid, file) &&
            (startedAtS(pid) ?? Infinity) < attachedAtS,
        );
  return pids.flatMap((pid) => {
    const taken = goroutinesOf(native, pid, target, wishes);
    if (taken !== undefined) {
      recorder.addProcess(pid, taken.bias);
      return [taken];
    }
    if (follow.who === 'listed') {
      throw new UserError(`process ${pid} has ended or runs another program now`);
    }
    return [];
  });
}

/**
 * The highest number of a goroutine that lives; Infinity when that cannot be read, 0 when none does.
 */
export function highestGoid(native: Native, target: GoTarget): number {
  const { follow, path, processes } = target;
  if (follow.who === 'launched') return 0;
  const file = fileIdentity(path);
  const pids = follow.who === 'listed' ? processes.map(({ pid }) => pid) : pidsOf(follow);
  const wishes = { stackDepth: 0, hasLabels: false };
  let highest = 0;
  for (const pid of pids) {
    if (file === undefined || !executes(pid, file)) continue;
    const taken = goroutinesOf(native, pid, target, wishes);
    if (taken === undefined) continue;
    const { count, goid } = taken.census;
    if (count === 0) return Infinity;
    for (const number of goid.subarray(0, count)) highest = Math.max(highest, Number(number));
  }
  return highest;
}

/** Undefined when the process does not run the program any more. */
function goroutinesOf(
  native: Native,
  pid: number,
  { program, plan }: GoTarget,
  wishes: CensusWishes,
): ProcessCensus | undefined {
  const { textStart } = program;
  let bias: number | undefined;
  try {
    bias = loadBias(pid, program.fileOffsetOf(textStart) ?? 0, textStart);
  } catch {
    return undefined;
  }
  if (bias === undefined) return undefined;
  const allgs = findAllgs(program);
  const found = { pid, bias: BigInt(bias), census: emptyCensus() };
  if (allgs === undefined) return found;
  try {
    found.census = takeCensus(native, pid, BigInt(allgs + bias), plan.offsets, wishes);
    return found;
  } catch (error) {
    // Yama and seccomp refuse this and nothing else.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EACCES' && code !== 'ENOSYS') throw error;
    return { ...found, obstacle: code };
  }
}

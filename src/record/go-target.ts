/** The Go program that is to be recorded: found, understood, and with its probes planned; and which of its processes. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { UserError } from '../format/errors.ts';
import {
  GoProgramError,
  openGoProgram,
  planProbes,
  type GoProgram,
  type ProbePlan,
  NEWEST_MINOR,
  OLDEST_MINOR,
} from '../golang/index.ts';
import { executablesOf, sameBuild } from './choose-executable.ts';
import type { EventGroup } from './event-groups.ts';
import { openExecutable } from './executable-file.ts';
import {
  allPids,
  cgroupId,
  cgroupPids,
  commOf,
  cutComm,
  executes,
  fileIdentity,
} from './find-processes.ts';
import { inflate } from './inflate.ts';
import type { ProcessFacts } from './process-facts.ts';

/** What the user pointed at. */
export type Target =
  | { pids: readonly number[] }
  | { command: readonly string[] }
  /** Every process, now and later, that all of these are true of; at least one is given. */
  | { binary?: string; comm?: string; cgroup?: string };

export interface GoTarget {
  /** Path to open and attach to: `/proc/PID/exe` or a file. */
  path: string;
  /** Name for people. */
  name: string;
  program: GoProgram;
  plan: ProbePlan;
  /** The first of `processes`. */
  process: ProcessFacts | undefined;
  /** Those that run already, as far as is known. */
  processes: readonly ProcessFacts[];
  /** argv of the command or the process. */
  command: readonly string[];
  follow: FollowRule;
}

/** Whose events are recorded. */
export interface FollowRule {
  /** The processes named; the one that is started, and its descendants; all that run the file. */
  who: 'listed' | 'launched' | 'all';
  /** Only of this name, as the kernel keeps it. */
  comm?: string;
  /** Folder of a cgroup v2: only those in or below it. */
  cgroup?: string;
}

/**
 * Find the target's executable and plan the probes.
 *
 * @returns undefined when no process is there yet that says which executable it is
 * @throws UserError one line that says what it is instead of a Go program that can be recorded
 */
export function findGoTarget(target: Target, groups: readonly EventGroup[]): GoTarget | undefined {
  if ('pids' in target) {
    const processes = sameBuild(target.pids);
    const first = processes[0]!;
    const path = `/proc/${first.pid}/exe`;
    const name =
      processes.length === 1
        ? `process ${first.pid} (${first.program})`
        : `processes ${processes.map(({ pid }) => pid).join(', ')} (${first.program})`;
    return {
      path,
      name,
      process: first,
      processes,
      command: first.command,
      follow: { who: 'listed' },
      ...understand(path, name, groups),
    };
  }
  if ('command' in target) {
    const path = findCommand(target.command[0] ?? '');
    return {
      path,
      name: path,
      process: undefined,
      processes: [],
      command: target.command,
      follow: { who: 'launched' },
      ...understand(path, path, groups),
    };
  }
  return findChosen(target, groups);
}

/**
 * As `findGoTarget`, of a target that is there.
 *
 * @throws UserError when it is not there
 */
export function openGoTarget(target: Target, groups: readonly EventGroup[]): GoTarget {
  const found = findGoTarget(target, groups);
  if (found === undefined) throw new UserError(`there is no Go process ${describeChoice(target)}`);
  return found;
}

/** A target that is chosen by what its processes are, for people: `named web`. */
export function describeChoice(target: Target): string {
  const { binary, comm, cgroup } = target as { binary?: string; comm?: string; cgroup?: string };
  return [
    binary === undefined ? '' : `of ${binary}`,
    comm === undefined ? '' : `named ${cutComm(comm)}`,
    cgroup === undefined ? '' : `in cgroup ${cgroup}`,
  ]
    .filter((words) => words !== '')
    .join(' ');
}

function findChosen(
  { binary, comm, cgroup }: { binary?: string; comm?: string; cgroup?: string },
  groups: readonly EventGroup[],
): GoTarget | undefined {
  // Whether or not there is a process: a wrong path is said at once.
  if (cgroup !== undefined) cgroupId(cgroup);
  const follow: FollowRule = {
    who: 'all',
    ...(comm === undefined ? {} : { comm: cutComm(comm) }),
    ...(cgroup === undefined ? {} : { cgroup: resolve(cgroup) }),
  };
  const candidates = executablesOf(pidsOf(follow));
  if (binary !== undefined) {
    const path = findCommand(binary);
    const file = fileIdentity(path);
    const running = candidates.find(
      ({ processes: [first] }) => file !== undefined && first && executes(first.pid, file),
    );
    return chosen(path, path, running?.processes ?? [], follow, groups);
  }
  const found: GoTarget[] = [];
  let refusal: UserError | undefined;
  for (const { path, processes } of candidates) {
    const { program } = processes[0]!;
    try {
      found.push(chosen(path, program, processes, follow, groups));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal = error;
    }
  }
  const [first, second] = found;
  if (second !== undefined) {
    throw new UserError(
      `several Go programs run ${describeChoice({ ...follow })}: ${found.map(({ name }) => name).join(', ')}`,
      'a recording is of one executable: say which, with -b BINARY',
    );
  }
  // Others share a cgroup with a Go program; a name was meant to be that of one.
  if (first === undefined && comm !== undefined && refusal !== undefined) throw refusal;
  return first;
}

function chosen(
  path: string,
  name: string,
  processes: readonly ProcessFacts[],
  follow: FollowRule,
  groups: readonly EventGroup[],
): GoTarget {
  const command = processes.length === 1 ? processes[0]!.command : [];
  return {
    path,
    name,
    process: processes[0],
    processes,
    command,
    follow,
    ...understand(path, name, groups),
  };
}

/** Processes that a rule `all` lets through, whatever they execute. */
export function pidsOf({ comm, cgroup }: FollowRule): number[] {
  const pids = cgroup === undefined ? allPids() : cgroupPids(cgroup);
  return comm === undefined ? pids : pids.filter((pid) => commOf(pid) === comm);
}

function understand(path: string, name: string, groups: readonly EventGroup[]) {
  const file = openExecutable(path);
  try {
    const program = openGoProgram(file, inflate);
    return { program, plan: planProbes(program, [...groups]) };
  } catch (error) {
    if (error instanceof GoProgramError) {
      throw new UserError(`${name}: ${error.message}`, HINTS[error.code], { cause: error });
    }
    throw error;
  }
}

/**
 * Refuse what can be planned here but does not run here.
 *
 * @throws UserError when the executable is for another processor than this machine's
 */
export function requireOwnProcessor({ name, program }: GoTarget): void {
  const own = process.arch === 'x64' ? 'amd64' : process.arch;
  if (program.arch === own) return;
  throw new UserError(
    `${name} is built for ${program.arch}, this machine is ${own}`,
    'xgotop record --dry-run shows what would be probed',
  );
}

const HINTS: Partial<Record<string, string>> = {
  'not-elf': 'name the Go executable itself, not a script that starts it',
  'not-go': 'xgotop records programs written in Go; for others there is perf',
  'unsupported-version': `Go 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR} are supported`,
  'unsupported-arch': 'x86-64 and arm64 are supported',
};

/** As a shell finds it: a path when there is a slash, else the first executable file in PATH. */
function findCommand(name: string): string {
  const isPath = name.includes('/');
  const candidates = isPath
    ? [resolve(name)]
    : (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, name));
  const found = candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (found === undefined) {
    throw new UserError(`${name}: ${isPath ? 'no such file' : 'command not found'}`);
  }
  try {
    accessSync(found, constants.X_OK);
  } catch {
    throw new UserError(`${found} is not executable`, `chmod +x ${found}`);
  }
  return found;
}

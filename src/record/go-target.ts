/** The Go program that is to be recorded: found, understood, and with its probes planned. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { UserError } from '../format/errors.ts';
import {
  GoProgramError,
  openGoProgram,
  planProbes,
  type GoProgram,
  type ProbePlan,
} from '../golang/index.ts';
import type { EventGroup } from './event-groups.ts';
import { openExecutable } from './executable-file.ts';
import { inflate } from './inflate.ts';
import { processFacts, type ProcessFacts } from './process-facts.ts';

/** What the user pointed at. */
export type Target = { pid: number } | { command: readonly string[] };

export interface GoTarget {
  /** Path to open and attach to: `/proc/PID/exe` or the command's file. */
  path: string;
  /** Name for people. */
  name: string;
  program: GoProgram;
  plan: ProbePlan;
  /** Set when the target is a running process. */
  process: ProcessFacts | undefined;
  /** argv of the command or the process. */
  command: readonly string[];
}

/**
 * Find the target's executable and plan the probes.
 *
 * @throws UserError one line that says what it is instead of a Go program that can be recorded
 */
export function openGoTarget(target: Target, groups: readonly EventGroup[]): GoTarget {
  if ('pid' in target) {
    const process = processFacts(target.pid);
    const path = `/proc/${target.pid}/exe`;
    const name = `process ${target.pid} (${process.program})`;
    return { path, name, process, command: process.command, ...understand(path, name, groups) };
  }
  const path = findCommand(target.command[0] ?? '');
  return {
    path,
    name: path,
    process: undefined,
    command: target.command,
    ...understand(path, path, groups),
  };
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
  'unsupported-version': 'Go 1.21 to 1.26 are supported',
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

/**
 * The one executable that a recording is about, when processes were named instead of it.
 *
 * All processes of a recording run the same build: the offsets and probes are of one file.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../format/errors.ts';
import { fileIdentity } from './find-processes.ts';
import { processFacts, type ProcessFacts } from './process-facts.ts';

/** Processes that run one file. */
export interface Executable {
  /** `/proc/PID/exe` of the first of them. */
  path: string;
  processes: ProcessFacts[];
}

/** @param pids - those that end meanwhile are left out */
export function executablesOf(pids: readonly number[]): Executable[] {
  const byFile = new Map<string, Executable>();
  for (const pid of pids) {
    const path = `/proc/${pid}/exe`;
    const file = fileIdentity(path);
    if (file === undefined) continue;
    let facts: ProcessFacts;
    try {
      facts = processFacts(pid);
    } catch {
      continue;
    }
    const key = `${file.dev} ${file.ino}`;
    const known = byFile.get(key);
    if (known) known.processes.push(facts);
    else byFile.set(key, { path, processes: [facts] });
  }
  return [...byFile.values()];
}

/**
 * Processes that were named one by one, all of the same build.
 *
 * The same build may lie in several files: containers have their own copies.
 *
 * @throws UserError when one does not exist, or two run different executables
 */
export function sameBuild(pids: readonly number[]): ProcessFacts[] {
  const processes = [...new Set(pids)].map(processFacts);
  const [first, ...others] = executablesOf(processes.map(({ pid }) => pid));
  const other = others.find(({ path }) => hashOf(path) !== hashOf(first!.path));
  if (first !== undefined && other !== undefined) {
    const [a, b] = [first.processes[0]!, other.processes[0]!];
    throw new UserError(
      `processes ${a.pid} (${a.program}) and ${b.pid} (${b.program}) run different executables`,
      'a recording is of one executable: record them separately, with xgotop twice',
    );
  }
  return processes;
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

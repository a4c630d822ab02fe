/** The Go programs that run on this machine, and whether each could be recorded now. */
import { statSync } from 'node:fs';
import { GoProgramError, openGoProgram, planProbes } from '../../golang/index.ts';
import { ElfImage } from '../../golang/elf-image.ts';
import { UserError } from '../../format/errors.ts';
import { DEFAULT_GROUPS } from '../event-groups.ts';
import { openExecutable } from '../executable-file.ts';
import type { MachineFiles } from './machine-files.ts';

export interface GoProcess {
  pid: number;
  comm: string;
  /** As the toolchain calls itself, e.g. `go1.26.4`; undefined when it was not understood. */
  goVersion: string | undefined;
  arch: string | undefined;
  /** No symbol table: names come from Go's own tables, which cannot be stripped. */
  isStripped: boolean | undefined;
  /** Why it could not be recorded, one line; undefined when it could. */
  obstacle: string | undefined;
  /** Otherwise the goroutines it has already are not known when a recording begins. */
  isMemoryReadable: boolean;
}

export interface GoProcesses {
  /** By process number. */
  found: GoProcess[];
  /** Processes whose executable this user may not look at: Go programs or not. */
  unseenCount: number;
}

/** What is said of an executable, whichever process runs it. */
type Program = Pick<GoProcess, 'goVersion' | 'arch' | 'isStripped' | 'obstacle'>;

/**
 * Look at every process.
 *
 * @param arch - of this machine as Go calls it; programs of others run emulated
 * @param mayReadMemory - whether process_vm_readv is allowed; goroutines older than a recording need it
 */
export function findGoProcesses(
  files: MachineFiles,
  arch: string,
  mayReadMemory: (pid: number) => boolean,
): GoProcesses {
  const programs = new Map<string, Program | 'not-go' | 'unseen'>();
  const found: GoProcess[] = [];
  let unseenCount = 0;
  const pids = files.list('/proc').filter((name) => /^\d+$/.test(name)).map(Number); // prettier-ignore
  for (const pid of pids.sort((a, b) => a - b)) {
    // Threads of the kernel and what has ended have no command line.
    if (!files.read(`/proc/${pid}/cmdline`)) continue;
    const exe = files.at(`/proc/${pid}/exe`);
    const key = fileKey(exe) ?? `process ${pid}`;
    let program = programs.get(key);
    if (program === undefined) programs.set(key, (program = examine(exe, arch)));
    // What has ended meanwhile was no secret.
    if (program === 'unseen' && files.read(`/proc/${pid}/cmdline`)) unseenCount++;
    if (typeof program === 'string') continue;
    const comm = files.read(`/proc/${pid}/comm`)?.trimEnd();
    if (comm === undefined) continue; // it has ended meanwhile
    found.push({ ...program, pid, comm, isMemoryReadable: mayReadMemory(pid) });
  }
  return { found, unseenCount };
}

/** Device and inode: many processes run one file. Undefined when it may not be looked at. */
function fileKey(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function examine(path: string, arch: string): Program | 'not-go' | 'unseen' {
  let file: ReturnType<typeof openExecutable>;
  try {
    file = openExecutable(path);
  } catch (error) {
    if (error instanceof UserError) return 'unseen';
    throw error;
  }
  try {
    if (isPlainlyNotGo(new ElfImage(file))) return 'not-go';
    const program = openGoProgram(file);
    const known = {
      goVersion: program.goVersion,
      arch: program.arch,
      isStripped: !program.hasSymbols,
    };
    if (program.arch !== arch) return { ...known, obstacle: `built for ${program.arch}` };
    try {
      planProbes(program, [...DEFAULT_GROUPS]);
    } catch (error) {
      if (error instanceof GoProgramError) return { ...known, obstacle: error.message };
      throw error;
    }
    return { ...known, obstacle: undefined };
  } catch (error) {
    if (!(error instanceof GoProgramError)) throw error;
    if (error.code !== 'unsupported-version' && error.code !== 'damaged') return 'not-go';
    return {
      goVersion: undefined,
      arch: undefined,
      isStripped: undefined,
      obstacle: error.message,
    };
  } finally {
    file.close();
  }
}

/**
 * Whether the section headers rule out Go. Without that, its tables are looked for in the whole
 * file, which takes seconds for a browser.
 */
function isPlainlyNotGo(image: ElfImage): boolean {
  if (image.section('.text') === undefined) return false; // stripped of its section headers
  return !['.gopclntab', '.data.rel.ro.gopclntab', '.go.buildinfo'].some(
    (name) => image.section(name) !== undefined,
  );
}

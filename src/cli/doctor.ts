/**
 * `xgotop doctor`: whether recording works on this machine, and what to do where it does not.
 */
import { Command } from 'commander';
import type { Check } from '../record/doctor/check.ts';
import { examineMachine, type Diagnosis } from '../record/doctor/examine-machine.ts';
import type { GoProcess } from '../record/doctor/go-processes.ts';

const COLOURS: Record<Check['mark'], number> = { ok: 32, lacks: 31, note: 33 };
const TOPIC_COLUMNS = 17;
/** Beside a mark: `lacks` and a space. */
const MARK_COLUMNS = 7;

/**
 * The command, for main.ts to register.
 *
 * @param examine - looks at the machine; tests give another
 */
export function doctorCommand(examine: (folder: string) => Diagnosis = examineMachine): Command {
  return new Command('doctor')
    .description(
      'Say whether recording works on this machine, and what mends it where it does not.',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  xgotop doctor
  xgotop doctor --json | jq '.go_processes[] | select(.obstacle == null)'

Exits with 0 when recording works here, else with 1. Nothing is changed.`,
    )
    .action(({ json }: { json?: boolean }) => {
      const diagnosis = examine(process.cwd());
      const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
      process.stdout.write(
        json ? diagnosisJson(diagnosis) : describeDiagnosis(diagnosis, isColoured),
      );
      if (!diagnosis.canRecord) process.exitCode = 1;
    });
}

function diagnosisJson({ canRecord, checks, processes }: Diagnosis): string {
  const value = {
    can_record: canRecord,
    checks: checks.map(({ topic, mark, fact, mend = null, caveat = null }) => ({
      topic,
      mark,
      fact,
      mend,
      caveat,
    })),
    go_processes: processes.found.map((found) => ({
      pid: found.pid,
      comm: found.comm,
      go_version: found.goVersion ?? null,
      arch: found.arch ?? null,
      stripped: found.isStripped ?? null,
      obstacle: found.obstacle ?? null,
      memory_readable: found.isMemoryReadable,
    })),
    unseen_processes: processes.unseenCount,
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** @param isColoured - marks in colour, for a terminal */
export function describeDiagnosis(diagnosis: Diagnosis, isColoured: boolean): string {
  const { canRecord, checks, processes } = diagnosis;
  const lacking = checks.filter(({ mark }) => mark === 'lacks').map(({ topic }) => topic);
  const conclusion = canRecord
    ? 'Recording works here.'
    : `Recording does not work here: ${lacking.join(', ')}. Query and replay do.`;
  return [
    ...checks.flatMap((check) => checkLines(check, isColoured)),
    '',
    ...processLines(processes, canRecord),
    '',
    conclusion,
    '',
  ].join('\n');
}

function checkLines({ topic, mark, fact, mend, caveat }: Check, isColoured: boolean): string[] {
  const padded = mark.padEnd(MARK_COLUMNS);
  const shown = isColoured ? `\x1b[${COLOURS[mark]}m${padded}\x1b[0m` : padded;
  const lines = [`${shown}${topic.padEnd(TOPIC_COLUMNS)}${fact}`];
  if (mend !== undefined) {
    const remark = caveat === undefined ? '' : `   (${caveat})`;
    lines.push(`${' '.repeat(MARK_COLUMNS + TOPIC_COLUMNS)}${mend}${remark}`);
  }
  return lines;
}

function processLines(
  { found, unseenCount }: Diagnosis['processes'],
  canRecord: boolean,
): string[] {
  const lines = found.map((process) => processLine(process, canRecord));
  if (found.length > 0) lines.unshift('Go programs that run:');
  else lines.push('No Go program that runs was found.');
  if (unseenCount > 0) {
    const processes = unseenCount === 1 ? 'process' : 'processes';
    lines.push(
      `${unseenCount} ${processes} may not be looked at: others' (sudo, or CAP_SYS_PTRACE).`,
    );
  }
  return lines;
}

function processLine(process: GoProcess, canRecord: boolean): string {
  const { pid, comm, goVersion, arch, isStripped, obstacle, isMemoryReadable } = process;
  const facts = [goVersion, arch, isStripped ? 'stripped' : undefined];
  // Whether it can be is a matter of the machine; then only what the program lacks is said.
  if (obstacle !== undefined) facts.push(`cannot be recorded: ${obstacle}`);
  else if (canRecord && isMemoryReadable) facts.push('can be recorded');
  else if (canRecord) facts.push('can be recorded, but not the goroutines it has already');
  const known = facts.filter((fact) => fact !== undefined).join(', ');
  return `  ${String(pid).padStart(7)} ${comm.padEnd(16)} ${known}`;
}

/**
 * The command line: parse, run, and turn every failure into one clear line and an exit code.
 *
 * 0 done, 1 could not, 2 wrong usage. Only this file prints errors and sets the exit code.
 */
import { Command, CommanderError } from 'commander';
import { FormatError, UserError } from '../format/errors.ts';
import { anonymizeCommand } from './anonymize.ts';
import { catCommand } from './cat.ts';
import { checkCommand } from './check.ts';
import { compactCommand } from './compact.ts';
import { cutCommand } from './cut.ts';
import { doctorCommand } from './doctor.ts';
import { filterCommand } from './filter.ts';
import { infoCommand } from './info.ts';
import { markCommand } from './mark.ts';
import { mergeCommand } from './merge.ts';
import { packageVersion } from './package-version.ts';
import { queryCommand } from './query.ts';
import { recordCommand } from './record.ts';
import { recoverCommand } from './recover.ts';
import { replayCommand } from './replay.ts';

/** Run `xgotop` with the process's arguments and set its exit code. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  const program = new Command('xgotop')
    .description('Record what a running Go program does, query it in SQL, play it back.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(xgotop --help lists the commands, xgotop COMMAND --help their options)')
    .addHelpText(
      'after',
      `
Examples:
  xgotop record -p 4312 -o run.arrow          until Ctrl-C
  xgotop record -o run.arrow -- ./server
  xgotop query run.arrow "SELECT func, count(*) FROM goroutines GROUP BY 1 ORDER BY 2 DESC"
  xgotop replay run.arrow`,
    );
  for (const command of [
    recordCommand(),
    infoCommand(),
    catCommand(),
    queryCommand(),
    checkCommand(),
    cutCommand(),
    compactCommand(),
    filterCommand(),
    mergeCommand(),
    anonymizeCommand(),
    recoverCommand(),
    replayCommand(),
    markCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands]) command.exitOverride();
  // A closed pipe (| head) ends the program quietly, as it does others.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Print an error as the user should see it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed it already; help and version are not errors.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof UserError) {
    process.stderr.write(`xgotop: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
    return 1;
  }
  if (error instanceof FormatError) {
    process.stderr.write(`xgotop: ${error.message}\n`);
    return 1;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `xgotop: a defect in xgotop itself; please report it with this:\n${stack}\n`,
  );
  return 1;
}

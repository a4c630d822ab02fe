/**
 * `xgotop query`: SQL over a recording, to the terminal or to a file.
 *
 * Results go to stdout, everything said about them to stderr.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { openRecording } from '../format/index.ts';
import { UserError } from '../format/errors.ts';
import { isAnswer, openEngine, REPORTS, RESULT_FORMATS, writeResult } from '../query/index.ts';
import type { ResultFormat, TextSink } from '../query/index.ts';
import { OutputFile } from '../record/output-file.ts';
import { describeReports, describeViews } from './describe-views.ts';
import { isStdin, openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { recordingWarnings } from './recording-warnings.ts';

interface QueryFlags {
  file?: string;
  format?: ResultFormat;
  json?: boolean;
  output?: string;
  overwrite?: boolean;
  maxRows?: number;
  report?: string;
  sql?: boolean;
  views?: boolean;
}

/** Rows of a table shown on a terminal when `--max-rows` says nothing. */
const TERMINAL_ROWS = 40;

/** The command, for main.ts to register. */
export function queryCommand(): Command {
  return new Command('query')
    .description('Answer SQL (DuckDB) over a recording.')
    .usage('RECORDING [SQL] [options]')
    .argument('[recording]', RECORDING_ARGUMENT)
    .argument('[sql]', 'statements, separated by ";"; "-" reads them from stdin')
    .option('-f, --file <file>', 'read the SQL from a file')
    .addOption(
      new Option(
        '--format <format>',
        'of the results (default: table on a terminal, else csv)',
      ).choices(RESULT_FORMATS),
    )
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write the results to a file')
    .option('--overwrite', 'replace the file if it exists')
    .option('--max-rows <count>', 'rows of a table (default: 40 on a terminal; 0: all)', parseCount)
    .option('--report <name>', 'answer a named question; "list" lists them')
    .option('--sql', "with --report: print the report's SQL instead")
    .option('--views', 'list the views with their columns, and leave')
    .addHelpText(
      'after',
      `
Examples:
  xgotop query run.arrow "SELECT func, count(*) FROM goroutines GROUP BY ALL ORDER BY 2 DESC"
  xgotop query run.arrow --report blocked
  xgotop query run.arrow --format json "FROM stw" > stw.json

A query sees the recording and nothing else of the machine. In JSON, numbers that a double
cannot hold (integers beyond 2^53) are strings of their digits.
${STDIN_NOTE}`,
    )
    .action(runQuery);
}

async function runQuery(
  path: string | undefined,
  sqlArgument: string | undefined,
  flags: QueryFlags,
  command: Command,
): Promise<void> {
  const named = reportOf(flags, command);
  if (flags.views || flags.report === 'list' || (named !== undefined && flags.sql)) {
    await writeToStdout(
      flags.views ? describeViews() : (named?.sql.concat(';\n') ?? describeReports()),
    );
    return;
  }
  if (path === undefined) command.error("error: missing required argument 'recording'");
  if ([sqlArgument, flags.file, named].filter((given) => given !== undefined).length > 1) {
    command.error('error: give the SQL once: as an argument, with --file, or with --report');
  }
  const isSqlOnStdin =
    named === undefined &&
    [sqlArgument, flags.file].every((given) => given === undefined || given === '-');
  if (isStdin(path) && isSqlOnStdin) {
    command.error('error: stdin is the recording: give the SQL as an argument or with --file');
  }
  const sql = named?.sql ?? (await readSql(sqlArgument, flags.file, command));
  const source = await openInput(path);
  try {
    const recording = await openRecording(source);
    for (const warning of recordingWarnings(recording))
      process.stderr.write(`xgotop: ${warning}\n`);
    const engine = await openEngine(recording, source);
    // The first Ctrl-C ends the query and cleans up; a second one ends everything.
    const interrupt = (): void => engine.interrupt();
    process.once('SIGINT', interrupt);
    try {
      await answer(engine.run(sql), flags);
    } finally {
      process.off('SIGINT', interrupt);
      engine.close();
    }
  } finally {
    source.close();
  }
}

async function answer(
  results: ReturnType<Awaited<ReturnType<typeof openEngine>>['run']>,
  { format, json, output, overwrite, maxRows }: QueryFlags,
): Promise<void> {
  const isTerminal = process.stdout.isTTY && output === undefined;
  const chosen = json ? 'json' : (format ?? (isTerminal ? 'table' : 'csv'));
  const shownRows = maxRows ?? (isTerminal ? TERMINAL_ROWS : 0);
  const options = {
    maxRows: shownRows === 0 ? undefined : shownRows,
    widthColumns: isTerminal ? process.stdout.columns : undefined,
  };
  const file =
    output === undefined ? undefined : await OutputFile.create(output, overwrite ?? false);
  const sink: TextSink = file ? (text) => file.append([Buffer.from(text)]) : writeToStdout;
  try {
    let isFirst = true;
    for await (const result of results) {
      if (!isAnswer(result)) {
        await result.fetchAllChunks();
        continue;
      }
      if (!isFirst && (chosen === 'table' || chosen === 'csv' || chosen === 'markdown')) {
        await sink('\n');
      }
      isFirst = false;
      await writeResult(result, chosen, sink, options);
    }
  } catch (error) {
    await file?.discard();
    throw error;
  }
  file?.settle();
  await file?.close();
}

function reportOf(flags: QueryFlags, command: Command): { sql: string } | undefined {
  const { report } = flags;
  if (flags.sql && report === undefined) {
    command.error('error: --sql belongs to --report');
  }
  if (report === undefined || report === 'list') return undefined;
  const found = REPORTS.find(({ name }) => name === report);
  if (!found) {
    const names = REPORTS.map(({ name }) => name).join(', ');
    command.error(`error: there is no report '${report}'; there are: ${names}`);
  }
  return found;
}

async function readSql(
  argument: string | undefined,
  path: string | undefined,
  command: Command,
): Promise<string> {
  if (path !== undefined && path !== '-') {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      const { message } = error as NodeJS.ErrnoException;
      throw new UserError(`the SQL in ${path} cannot be read: ${message}`, undefined, {
        cause: error,
      });
    }
  }
  if (argument !== undefined && argument !== '-') return argument;
  if (argument === undefined && path === undefined && process.stdin.isTTY) {
    command.error('error: no SQL: give it as an argument, with --file, or on stdin');
  }
  return textOf(process.stdin);
}

async function writeToStdout(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is not a number of rows.');
  return Number(text);
}

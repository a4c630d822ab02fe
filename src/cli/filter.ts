/** `xgotop filter`: chosen rows of a recording as a recording of its own. */
import { crc32 } from 'node:zlib';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../format/errors.ts';
import {
  eventFilter,
  goroutineFilter,
  openRecording,
  RecordingCopy,
  RowSelection,
  TimeWindow,
  type EventName,
  type Recording,
  type RowFilter,
  type WantedGoroutine,
} from '../format/index.ts';
import { openEngine, whereFilter, type QueryEngine } from '../query/index.ts';
import {
  checkTimes,
  outputOptions,
  timeOptions,
  timesInWords,
  type OutputFlags,
  type TimeFlags,
} from './copy-options.ts';
import { writeAndReport } from './copy-report.ts';
import { groupsLeft, parseEvents } from './event-choice.ts';
import { openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { checkOutput } from './write-copy.ts';

interface FilterFlags extends OutputFlags, TimeFlags {
  goroutine?: WantedGoroutine[];
  only?: boolean;
  events?: EventName[];
  where?: string;
}

/** The command, for main.ts to register. */
export function filterCommand(): Command {
  const command = new Command('filter')
    .description('Write chosen events of a recording as a recording of its own.')
    .argument('<recording>', RECORDING_ARGUMENT)
    .addOption(
      new Option(
        '-g, --goroutine <numbers>',
        'events about these goroutines and all that they created, and those, and so on; PID/NUMBER of one process',
      ).argParser(parseGoroutines),
    )
    .option('--only', 'with --goroutine: without those that they created')
    .addOption(
      new Option(
        '-e, --events <names>',
        'these events, separated by commas: names, or groups as of record --events',
      ).argParser(parseEvents),
    )
    .option('--where <predicate>', 'events for which this is true: SQL over the view events');
  for (const option of [...timeOptions(), ...outputOptions()]) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  xgotop filter run.arrow --goroutine 17 -o request.arrow
  xgotop filter run.arrow --events sched,gc -o without-allocations.arrow
  xgotop filter run.arrow --where "event <> 'alloc' OR size_bytes >= 4096" -o large.arrow
  xgotop filter run.arrow -g 4312/17 --only --from 1s --to 2s -o - | xgotop info -

An event is kept when all options want it. Goroutines keep their states as long as no change of
them is left out; a recording in which some are missing says so.
${STDIN_NOTE}`,
    )
    .action(filter);
}

async function filter(path: string, flags: FilterFlags, command: Command): Promise<void> {
  const { goroutine, events, where, only } = flags;
  if (only && goroutine === undefined) command.error('error: --only belongs to --goroutine');
  if ([goroutine, events, where, flags.from, flags.to].every((given) => given === undefined)) {
    command.error('error: say what to keep: --goroutine, --events, --where, --from or --to');
  }
  checkOutput(flags.output, flags);
  const source = await openInput(path);
  let engine: QueryEngine | undefined;
  try {
    const recording = await openRecording(source);
    checkTimes(recording, path, flags);
    const window = new TimeWindow(flags.from, flags.to);
    const filters: RowFilter[] = [];
    if (goroutine !== undefined) {
      checkGoroutines(recording, goroutine);
      filters.push(goroutineFilter(recording, goroutine, { withDescendants: !only }));
    }
    if (events !== undefined) filters.push(eventFilter(recording, events));
    if (where !== undefined) {
      engine = await openEngine(recording, source);
      filters.push(await whereFilter(recording, engine, where, window));
    }
    const selection = await RowSelection.of(recording, filters, window);
    const copy = new RecordingCopy(recording, {
      crc32,
      history: historyOf(flags),
      fromNs: window.fromNs,
      toNs: window.toNs,
      selection,
      ...(events === undefined ? {} : { groups: groupsLeft(recording.meta.groups, events) }),
    });
    await writeAndReport(copy, flags, [recording], { state_gaps: selection.hasStateGaps });
    if (selection.hasStateGaps) {
      process.stderr.write(
        'xgotop: of some goroutines not all changes of state are left: ' +
          'what it says of states and durations is not what the program did\n',
      );
    }
  } finally {
    engine?.close();
    source.close();
  }
}

/** What was left out, so that whoever gets the file knows. */
function historyOf(flags: FilterFlags): string {
  const { goroutine, only, events, where } = flags;
  const names = goroutine?.map(({ pid, goid }) =>
    pid === undefined ? `${goid}` : `${pid}/${goid}`,
  );
  const kept = [
    names && `goroutines ${names.join(', ')}${only ? '' : ' and their descendants'}`,
    events && `events ${events.join(', ')}`,
    where && `where ${where}`,
    timesInWords(flags),
  ].filter(Boolean);
  return `filtered by xgotop filter: ${kept.join('; ')}`;
}

/** @throws UserError when it can be told already that nothing would be left */
function checkGoroutines({ processes, meta }: Recording, wanted: readonly WantedGoroutine[]): void {
  const pids = processes.length > 0 ? processes.map(({ pid }) => pid) : [meta.pid];
  const missing = wanted.find(({ pid }) => pid !== undefined && !pids.includes(pid));
  if (missing === undefined) return;
  throw new UserError(
    `there is no process ${missing.pid}`,
    `view processes lists them: ${pids.slice(0, 8).join(', ')}${pids.length > 8 ? ', ...' : ''}`,
  );
}

function parseGoroutines(text: string, before: WantedGoroutine[] | undefined): WantedGoroutine[] {
  const wanted = text.split(',').map((part) => {
    const found = /^(?:(\d{1,10})\/)?g?(\d{1,15})$/.exec(part.trim());
    if (found === null || Number(found[2]) === 0) {
      throw new InvalidArgumentError(`'${part}' is no number of a goroutine, nor PID/NUMBER`);
    }
    const goid = Number(found[2]);
    return found[1] === undefined ? { goid } : { pid: Number(found[1]), goid };
  });
  return [...(before ?? []), ...wanted];
}

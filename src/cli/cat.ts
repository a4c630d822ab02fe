/** `xgotop cat`: the events of a recording as lines, also of one that is still being written. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../format/errors.ts';
import { openRecording, type EventArrays, type Recording } from '../format/index.ts';
import { parseEvents } from './event-choice.ts';
import { columnsOf, EventFields, FIELDS, type Field } from './event-fields.ts';
import {
  CAT_FORMATS,
  headerLine,
  lineMaker,
  TIME_FORMATS,
  timeWriter,
  type CatFormat,
  type TimeFormat,
} from './event-lines.ts';
import { parseTimeNs } from './parse-time.ts';
import { isStdin, openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { recordingWarnings } from './recording-warnings.ts';

interface CatFlags {
  format: CatFormat;
  json?: boolean;
  fields?: Field[];
  timeFormat?: TimeFormat;
  from?: number;
  to?: number;
  events?: string[];
  goid?: number[];
  limit?: number;
  follow?: boolean;
}

/** What a person wants to see; the rest is asked for by name. */
const TEXT_FIELDS: readonly Field[] = FIELDS.filter(
  (field) => !['pid', 'tid', 'site', 'object', 'stack'].includes(field),
);
const PIECE_CHARACTERS = 64 * 1024;
const FOLLOW_MS = 100;

/** The command, for main.ts to register. */
export function catCommand(): Command {
  return new Command('cat')
    .description('Print the events of a recording, a line each.')
    .argument('<recording>', RECORDING_ARGUMENT)
    .addOption(new Option('--format <format>', 'of the lines').choices(CAT_FORMATS).default('text'))
    .option('--json', 'the same as --format ndjson')
    .option('--fields <names>', 'which fields, separated by commas, or all', parseFields)
    .addOption(
      new Option(
        '--time-format <how>',
        'seconds since the start, nanoseconds, or the time of day',
      ).choices(TIME_FORMATS),
    )
    .option('--from <time>', 'since the start, e.g. 1.5s, 200ms', parseTimeNs)
    .option('--to <time>', 'since the start; not included', parseTimeNs)
    .option('-e, --events <names>', 'only these events or groups, separated by commas', parseEvents)
    .option('-g, --goid <numbers>', 'only of these goroutines', parseGoids)
    .option('-n, --limit <count>', 'stop after so many', parseCount)
    .option('-f, --follow', 'go on while the recording is being written')
    .addHelpText(
      'after',
      `
Examples:
  xgotop cat run.arrow | head
  xgotop cat run.arrow --from 1.2s --to 1.3s -g 17
  xgotop cat run.arrow -f -e go_create,go_exit
  xgotop cat run.arrow --json --fields time_ns,goid,event,func | jq .func

${STDIN_NOTE}`,
    )
    .action(cat);
}

async function cat(path: string, flags: CatFlags): Promise<void> {
  if (flags.follow && isStdin(path)) {
    throw new UserError('a recording from stdin does not grow', '--follow takes a file');
  }
  const source = await openInput(path);
  try {
    const recording = await openRecording(source);
    const printer = new Printer(recording, flags);
    await printer.begin();
    while (!(await printer.printChunks()) && flags.follow && !recording.isComplete) {
      if (!(await recording.refresh())) await wait(FOLLOW_MS);
    }
    if (!flags.follow) {
      for (const warning of recordingWarnings(recording)) {
        process.stderr.write(`xgotop: ${warning}\n`);
      }
    }
  } finally {
    source.close();
  }
}

class Printer {
  readonly #recording: Recording;
  readonly #flags: CatFlags;
  readonly #format: CatFormat;
  readonly #fields: readonly Field[];
  readonly #eventFields: EventFields;
  readonly #goids: ReadonlySet<number> | undefined;
  #nextChunk = 0;
  #left: number;

  constructor(recording: Recording, flags: CatFlags) {
    this.#recording = recording;
    this.#flags = flags;
    this.#format = flags.json ? 'ndjson' : flags.format;
    this.#fields = flags.fields ?? (this.#format === 'text' ? TEXT_FIELDS : FIELDS);
    this.#eventFields = new EventFields(recording);
    this.#goids = flags.goid && new Set(flags.goid);
    this.#left = flags.limit ?? Infinity;
  }

  begin(): Promise<void> {
    return write(headerLine(this.#format, this.#fields));
  }

  /** Print the chunks that were not printed yet. @returns whether nothing more is wanted */
  async printChunks(): Promise<boolean> {
    const { from = 0, to = Infinity } = this.#flags;
    const { chunks } = this.#recording;
    for (; this.#nextChunk < chunks.length; this.#nextChunk++) {
      if (this.#left <= 0) return true;
      const { minNs, maxNs, chunkIndex, eventCounts } = chunks[this.#nextChunk]!;
      if (minNs >= to) return true;
      const counts: Record<string, number> = eventCounts;
      const { events } = this.#flags;
      if (maxNs < from || events?.every((name) => counts[name] === 0)) continue;
      await this.#printChunk(chunkIndex);
    }
    return this.#left <= 0;
  }

  async #printChunk(chunkIndex: number): Promise<void> {
    const { from = 0, to = Infinity, events } = this.#flags;
    const fields = this.#fields;
    const names = new Set([...fields.flatMap(columnsOf), 'time_ns', 'event', 'goid'] as const);
    const arrays = (await this.#recording.readEvents(chunkIndex, [...names])) as EventArrays;
    const { dictionaries, meta } = this.#recording;
    const isWanted = dictionaries.event.map((name) => events?.includes(name) ?? true);
    const defaultTime = this.#format === 'text' ? 'seconds' : 'nanoseconds';
    const line = lineMaker(
      this.#format,
      fields,
      fields.map((field) => this.#eventFields.reader(field, arrays)),
      timeWriter(this.#flags.timeFormat ?? defaultTime, meta),
    );
    let text = '';
    for (let row = 0; row < arrays.event.length && this.#left > 0; row++) {
      const timeNs = Number(arrays.time_ns[row]);
      if (timeNs < from || timeNs >= to || !isWanted[arrays.event[row]!]) continue;
      if (this.#goids?.has(Number(arrays.goid[row])) === false) continue;
      this.#left--;
      text += line(row);
      if (text.length < PIECE_CHARACTERS) continue;
      await write(text);
      text = '';
    }
    await write(text);
  }
}

async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

function parseFields(text: string): Field[] {
  if (text === 'all') return [...FIELDS];
  return text.split(',').map((part) => {
    const field = FIELDS.find((name) => name === part.trim());
    if (field === undefined) {
      throw new InvalidArgumentError(`there is no field '${part}'; fields: ${FIELDS.join(', ')}`);
    }
    return field;
  });
}

function parseGoids(text: string, before: number[] | undefined): number[] {
  const numbers = text.split(',').map((part) => Number(part.trim().replace(/^g/, '') || NaN));
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    throw new InvalidArgumentError('not a number of a goroutine');
  }
  return [...(before ?? []), ...numbers];
}

function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('not a number');
  return Number(text);
}

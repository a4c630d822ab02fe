/** `xgotop record`: a running Go program, or one that is started, becomes a recording. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../format/errors.ts';
import { DEFAULT_GROUPS, parseEventGroups, type EventGroup } from '../record/event-groups.ts';
import type { Target } from '../record/go-target.ts';
import { parseStacks, stacksOf, type StackDepths } from '../record/stack-options.ts';
import { awaitTarget } from './await-target.ts';
import { BIND_HELP, LOOPBACK } from './bind-address.ts';
import { describeProbes, listGroups } from './describe-probes.ts';
import { parseDurationMs } from './format-quantity.ts';
import { parsePids } from './parse-pid.ts';
import { runRecording } from './run-recording.ts';

export interface RecordFlags {
  pid?: number[];
  binary?: string;
  comm?: string;
  cgroup?: string;
  output?: string;
  overwrite?: boolean;
  duration?: number;
  events: EventGroup[];
  stacks?: StackDepths;
  list?: boolean;
  dryRun?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  status?: 'line' | 'json' | 'none';
  ringSize: number;
  crc?: boolean;
  live?: boolean;
  port?: number;
  bind?: string;
  open?: boolean;
}

/** The command, for main.ts to register. */
export function recordCommand(): Command {
  return new Command('record')
    .description('Record a running Go program, or start one and record it from its first moment.')
    .usage(
      '[options] -p PID[,PID...] | -b BINARY | --comm NAME | --cgroup PATH | -- COMMAND [ARGUMENTS]',
    )
    .argument('[command...]', 'program to start, after --')
    .option('-p, --pid <pid,...>', 'processes to attach to, all of one executable', parsePids)
    .option('-b, --binary <file>', 'every process that runs this executable, now and later')
    .option('--comm <name>', 'every process of this name (of one executable), now and later')
    .option('--cgroup <path>', 'every process in this cgroup v2, as of a container, now and later')
    .option('-o, --output <file>', 'recording to write (default: xgotop-COMM-PID-TIME.arrow)')
    .option('--overwrite', 'replace the recording if it exists')
    .option('-d, --duration <time>', 'stop after this long, e.g. 10s, 500ms, 2m', parseDuration)
    .addOption(
      new Option('-e, --events <groups>', 'groups of events, separated by commas; see --list')
        .argParser(parseGroups)
        .default(DEFAULT_GROUPS, DEFAULT_GROUPS.join(',')),
    )
    .option(
      '--stacks <groups>',
      'groups whose events get their stack, GROUP or GROUP=DEPTH; see --list',
      parseStackFlag,
    )
    .option('--list', 'explain the groups of events and what they cost, and leave')
    .option('--dry-run', 'print every probe that would be placed, and leave')
    .option('--live', 'show the recording in the browser while it is made')
    .option('--port <port>', 'with --live: port of the viewer (default: any free one)', parsePort)
    .option('--bind <address>', `with --live: ${BIND_HELP} (default: ${LOOPBACK})`)
    .option('--no-open', 'with --live: only print the address')
    .option('--crc', 'write a checksum of each chunk; xgotop check compares them')
    .option('--ring-size <MiB>', 'size of the rings in the kernel together', parseRing, 16)
    .addOption(
      new Option('--status <how>', 'how to report on stderr while it runs').choices([
        'line',
        'json',
        'none',
      ]),
    )
    .option('-q, --quiet', 'no status line and no summary; errors only')
    .option('-v, --verbose', 'say how the probes were placed')
    .addHelpText(
      'after',
      `
Examples:
  xgotop record -p 4312 -o run.arrow
  xgotop record -o run.arrow --events sched,gc,alloc -- ./server --port 8080
  xgotop record -b ./server -d 10s

A command is recorded with its descendants that run the same executable.
-b, --comm and --cgroup together mean what all of them are true of; they wait for processes.
--stacks alloc,sched=64 records where each event happened, 32 frames deep unless said.
Stops at Ctrl-C (twice: at once), after --duration, or when the processes of -p or the command
have ended.`,
    )
    .action(async (words: string[], flags: RecordFlags, command: Command) => {
      if (flags.list) {
        process.stdout.write(listGroups());
        return;
      }
      const target = targetOf(words, flags, command);
      if (flags.stacks) flags.stacks = stacksOf(flags.stacks, flags.events);
      const goTarget = await awaitTarget(target, flags);
      if (flags.dryRun) {
        process.stdout.write(describeProbes(goTarget));
        return;
      }
      await runRecording(goTarget, flags);
    });
}

function targetOf(words: readonly string[], flags: RecordFlags, command: Command): Target {
  const { pid, binary, comm, cgroup } = flags;
  const isChosen = binary !== undefined || comm !== undefined || cgroup !== undefined;
  if ([pid !== undefined, isChosen, words.length > 0].filter(Boolean).length > 1) {
    command.error(
      'error: give one of -p PID, -- COMMAND, and -b BINARY, --comm NAME or --cgroup PATH; ' +
        'only the last three go together',
    );
  }
  if (pid !== undefined) return { pids: pid };
  if (words.length > 0) return { command: words };
  if (isChosen) {
    return {
      ...(binary === undefined ? {} : { binary }),
      ...(comm === undefined ? {} : { comm }),
      ...(cgroup === undefined ? {} : { cgroup }),
    };
  }
  return command.error(
    'error: nothing to record: give -p PID, -b BINARY, --comm NAME, --cgroup PATH, or a program after --',
  );
}

function parseGroups(text: string): EventGroup[] {
  try {
    return parseEventGroups(text);
  } catch (error) {
    if (error instanceof UserError)
      throw new InvalidArgumentError(`${error.message}; ${error.hint ?? ''}`);
    throw error;
  }
}

function parseStackFlag(text: string): StackDepths {
  try {
    return parseStacks(text);
  } catch (error) {
    if (error instanceof UserError)
      throw new InvalidArgumentError(`${error.message}; ${error.hint ?? ''}`);
    throw error;
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('0 to 65535 is expected.');
  return port;
}

function parseDuration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw new InvalidArgumentError('a time such as 10s, 500ms or 2m is expected.');
  return ms;
}

function parseRing(text: string): number {
  const mib = Number(text);
  if (!Number.isInteger(Math.log2(mib)) || mib < 1 || mib > 1024) {
    throw new InvalidArgumentError('a power of two from 1 to 1024 is expected.');
  }
  return mib;
}

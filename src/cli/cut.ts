/** `xgotop cut`: a stretch of a recording's time as a recording of its own. */
import { Command, Option } from 'commander';
import { openRecording, RecordingCopy } from '../format/index.ts';
import { UserError } from '../format/errors.ts';
import { openFileSource } from '../query/index.ts';
import { formatBytes, formatCount, formatSeconds } from './format-quantity.ts';
import { parseTimeNs } from './parse-time.ts';
import { recordingWarnings } from './recording-warnings.ts';
import { writeCopy } from './write-copy.ts';

interface CutFlags {
  from?: number;
  to?: number;
  output: string;
  overwrite?: boolean;
}

/** The command, for main.ts to register. */
export function cutCommand(): Command {
  return new Command('cut')
    .description('Write a stretch of the time of a recording as a recording of its own.')
    .argument('<recording>', 'file that xgotop record wrote')
    .addOption(
      new Option('--from <time>', 'since the start, e.g. 1.5s, 200ms').argParser(parseTimeNs),
    )
    .addOption(new Option('--to <time>', 'since the start; not included').argParser(parseTimeNs))
    .requiredOption('-o, --output <file>', 'recording to write')
    .option('--overwrite', 'replace the output if it exists')
    .addHelpText(
      'after',
      `
Examples:
  xgotop cut run.arrow --from 1.2s --to 1.5s -o slow-request.arrow

Times of the new recording count from its own beginning; goroutines that live then have the
state they are in.`,
    )
    .action(cut);
}

async function cut(path: string, flags: CutFlags): Promise<void> {
  const { from = 0, to = Infinity, output, overwrite } = flags;
  if (to <= from) {
    throw new UserError(
      `nothing lies between ${formatSeconds(from)} and ${formatSeconds(to)}`,
      '--to must be after --from',
    );
  }
  const source = await openFileSource(path);
  try {
    const recording = await openRecording(source);
    if (from > recording.endNs) {
      throw new UserError(
        `--from ${formatSeconds(from)} is after the end`,
        `${path} has ${formatSeconds(recording.endNs)}`,
      );
    }
    const until = to === Infinity ? 'the end' : `${to / 1e9} s`;
    const copy = new RecordingCopy(recording, {
      history: `cut from ${from / 1e9} s to ${until} by xgotop cut`,
      fromNs: from,
      toNs: to,
    });
    const chunkCount = recording.chunks.length;
    const byteLength = await writeCopy(copy, output, { overwrite, chunkCount });
    const [lost] = copy.leftOut;
    if (lost !== undefined) {
      process.stderr.write(
        `xgotop: ${copy.leftOut.length} chunks are damaged and left out: ${lost.error.message}\n`,
      );
      process.exitCode = 3;
    }
    for (const warning of recordingWarnings(recording)) {
      process.stderr.write(`xgotop: ${warning}\n`);
    }
    process.stdout.write(
      `${output}: ${formatCount(copy.rowCount)} events in ${formatBytes(byteLength)}\n`,
    );
  } finally {
    source.close();
  }
}

/** `xgotop cut`: a stretch of a recording's time as a recording of its own. */
import { crc32 } from 'node:zlib';
import { Command } from 'commander';
import { openRecording, RecordingCopy } from '../format/index.ts';
import {
  checkTimes,
  outputOptions,
  timeOptions,
  timesInWords,
  type OutputFlags,
  type TimeFlags,
} from './copy-options.ts';
import { writeAndReport } from './copy-report.ts';
import { openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { checkOutput } from './write-copy.ts';

/** The command, for main.ts to register. */
export function cutCommand(): Command {
  const command = new Command('cut')
    .description('Write a stretch of the time of a recording as a recording of its own.')
    .argument('<recording>', RECORDING_ARGUMENT);
  for (const option of [...timeOptions(), ...outputOptions()]) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  xgotop cut run.arrow --from 1.2s --to 1.5s -o slow-request.arrow
  ssh server cat run.arrow | xgotop cut - --to 10s -o first.arrow

Times of the new recording count from its own beginning; goroutines that live then have the
state they are in.
${STDIN_NOTE}`,
    )
    .action(cut);
}

async function cut(path: string, flags: OutputFlags & TimeFlags): Promise<void> {
  checkOutput(flags.output, flags);
  const source = await openInput(path);
  try {
    const recording = await openRecording(source);
    checkTimes(recording, path, flags);
    const { from = 0, to = Infinity } = flags;
    const copy = new RecordingCopy(recording, {
      crc32,
      history: `cut ${timesInWords({ from, ...flags })} by xgotop cut`,
      fromNs: from,
      toNs: to,
    });
    await writeAndReport(copy, flags, [recording]);
  } finally {
    source.close();
  }
}

/** `xgotop compact`: the same recording in a fifth of the room. */
import { crc32 } from 'node:zlib';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../format/errors.ts';
import { openRecording, RecordingCompaction } from '../format/index.ts';
import { outputOptions, type OutputFlags } from './copy-options.ts';
import { writeAndReport } from './copy-report.ts';
import { inputName, openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { checkOutput } from './write-copy.ts';
import { ZSTD_LEVELS, zstdCompress } from './zstd-compress.ts';

interface CompactFlags extends OutputFlags {
  level: number;
}

/** The command, for main.ts to register. */
export function compactCommand(): Command {
  const command = new Command('compact')
    .description('Write a recording anew in as little room as it needs: compressed with zstd.')
    .argument('<recording>', RECORDING_ARGUMENT)
    .addOption(
      new Option('--level <number>', 'of zstd, 1 (fast) to 19 (small)')
        .argParser(parseLevel)
        .default(ZSTD_LEVELS.default),
    );
  for (const option of outputOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  xgotop compact run.arrow -o small.arrow
  xgotop compact run.arrow -o - | ssh archive 'cat > run.arrow'

All commands read it as they do the original, and so does whatever reads compressed Arrow files.
A damaged recording is refused: xgotop recover makes a whole one first. ${STDIN_NOTE}`,
    )
    .action(compact);
}

async function compact(path: string, flags: CompactFlags): Promise<void> {
  checkOutput(flags.output, flags);
  const source = await openInput(path);
  try {
    const recording = await openRecording(source);
    if (!recording.isComplete) {
      throw new UserError(
        `${inputName(path)} was cut off, is damaged, or is still being written`,
        `xgotop recover ${path} makes a whole one of it`,
      );
    }
    const copy = new RecordingCompaction(recording, {
      history: `compressed by xgotop compact, zstd level ${flags.level}`,
      compress: await zstdCompress(flags.level),
      crc32,
    });
    const originalBytes = recording.byteLength;
    await writeAndReport(copy, flags, [recording], { original_bytes: originalBytes });
  } finally {
    source.close();
  }
}

function parseLevel(text: string): number {
  const level = Number(text);
  const { lowest, highest } = ZSTD_LEVELS;
  if (!Number.isInteger(level) || level < lowest || level > highest) {
    throw new InvalidArgumentError(`a whole number from ${lowest} to ${highest}`);
  }
  return level;
}

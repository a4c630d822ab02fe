/**
 * `xgotop recover`: what can be read of a recording that was cut off or damaged, as a whole one.
 */
import { crc32 } from 'node:zlib';
import { Command } from 'commander';
import { UserError } from '../format/errors.ts';
import {
  openRecording,
  RecordingCopy,
  salvageRecording,
  type ByteSource,
  type DamagedRange,
  type Recording,
} from '../format/index.ts';
import { copyFacts, copyLine, EXIT_LOSSY, reportTo } from './copy-report.ts';
import { formatCount } from './format-quantity.ts';
import {
  inputName,
  isStdin,
  openInput,
  RECORDING_ARGUMENT,
  STDIN_NOTE,
} from './recording-input.ts';
import { checkOutput, writeCopy } from './write-copy.ts';

interface RecoverFlags {
  output?: string;
  overwrite?: boolean;
  json?: boolean;
}

/** The command, for main.ts to register. */
export function recoverCommand(): Command {
  return new Command('recover')
    .description(
      'Write what can be read of a recording that was cut off or damaged, as a whole one.',
    )
    .argument('<recording>', RECORDING_ARGUMENT)
    .option(
      '-o, --output <file>',
      'recording to write (default: NAME.recovered.arrow); "-" writes it to stdout',
    )
    .option('--overwrite', 'replace the output if it exists')
    .option('--json', 'say what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  xgotop recover run.arrow
  xgotop recover run.arrow -o whole.arrow

Exits with 0 when nothing is missing, with 3 when bytes had to be left out, with 1 when nothing
could be read. The recording itself is left as it is.
${STDIN_NOTE}`,
    )
    .action(recover);
}

async function recover(path: string, flags: RecoverFlags): Promise<void> {
  if (isStdin(path) && flags.output === undefined) {
    throw new UserError('a recording from stdin has no name', 'say with -o what to write');
  }
  const output = flags.output ?? path.replace(/(\.arrow)?$/, '.recovered.arrow');
  checkOutput(output, flags);
  const source = await openInput(path);
  try {
    const { recording, gaps } = await openWhatThereIs(source);
    if (recording.chunks.length === 0) {
      throw new UserError(
        `${inputName(path)} has no whole chunk of events`,
        'there is nothing to recover',
      );
    }
    const copy = new RecordingCopy(recording, { crc32, history: 'recovered by xgotop recover' });
    const byteLength = await writeCopy(copy, output, flags);
    const isLossy =
      gaps.some((gap) => gap.byteLength > 0) || copy.leftOut.some(({ rowCount }) => rowCount > 0);
    if (flags.json) {
      const found = { ...copyFacts(copy, output, byteLength), unreadable: gaps.map(describeGap) };
      reportTo(output, `${JSON.stringify(found, undefined, 2)}\n`);
    } else {
      const lines = [
        copyLine(copy, output, byteLength),
        ...gaps.map(
          ({ byteOffset, byteLength: length, error }) =>
            `  unreadable: ${formatCount(length)} bytes at byte ${formatCount(byteOffset)} (${error.message})`,
        ),
        ...copy.leftOut.map(
          ({ rowCount, error }) => `  left out: ${formatCount(rowCount)} events (${error.message})`,
        ),
        ...(isLossy ? [] : ['  nothing is missing']),
      ];
      reportTo(output, `${lines.join('\n')}\n`);
    }
    if (isLossy) process.exitCode = EXIT_LOSSY;
  } finally {
    source.close();
  }
}

/** By its footer when that is sound: it finds what lies behind any damage. */
async function openWhatThereIs(
  source: ByteSource,
): Promise<{ recording: Recording; gaps: readonly DamagedRange[] }> {
  const recording = await openRecording(source);
  return recording.isComplete ? { recording, gaps: [] } : salvageRecording(source);
}

function describeGap({ byteOffset, byteLength, error }: DamagedRange) {
  return { byte: byteOffset, bytes: byteLength, why: error.message };
}

/**
 * `xgotop recover`: what can be read of a recording that was cut off or damaged, as a whole one.
 */
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
import { openFileSource } from '../query/index.ts';
import { formatBytes, formatCount } from './format-quantity.ts';
import { writeCopy } from './write-copy.ts';

interface RecoverFlags {
  output?: string;
  overwrite?: boolean;
  json?: boolean;
}

/** Something is missing, as `mcap recover` says it. */
const EXIT_LOSSY = 3;

/** The command, for main.ts to register. */
export function recoverCommand(): Command {
  return new Command('recover')
    .description(
      'Write what can be read of a recording that was cut off or damaged, as a whole one.',
    )
    .argument('<recording>', 'file that xgotop record wrote')
    .option('-o, --output <file>', 'recording to write (default: NAME.recovered.arrow)')
    .option('--overwrite', 'replace the output if it exists')
    .option('--json', 'say what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  xgotop recover run.arrow
  xgotop recover run.arrow -o whole.arrow

Exits with 0 when nothing is missing, with 3 when bytes had to be left out, with 1 when nothing
could be read. The recording itself is left as it is.`,
    )
    .action(recover);
}

async function recover(path: string, flags: RecoverFlags): Promise<void> {
  const source = await openFileSource(path);
  try {
    const { recording, gaps } = await openWhatThereIs(source);
    if (recording.chunks.length === 0) {
      throw new UserError(`${path} has no whole chunk of events`, 'there is nothing to recover');
    }
    const copy = new RecordingCopy(recording, { history: 'recovered by xgotop recover' });
    const output = flags.output ?? path.replace(/(\.arrow)?$/, '.recovered.arrow');
    const chunkCount = recording.chunks.length;
    const byteLength = await writeCopy(copy, output, { overwrite: flags.overwrite, chunkCount });
    const lostBytes = gaps.reduce((sum, gap) => sum + gap.byteLength, 0);
    const lostRows = copy.leftOut.reduce((sum, { rowCount }) => sum + rowCount, 0);
    if (flags.json) {
      const found = {
        output,
        events: copy.rowCount,
        size_bytes: byteLength,
        unreadable: gaps.map(describeGap),
        left_out: copy.leftOut.map(({ chunkIndex, rowCount, error }) => ({
          chunk: chunkIndex,
          rows: rowCount,
          why: error.message,
        })),
      };
      process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
    } else {
      const lines = [
        `${output}: ${formatCount(copy.rowCount)} events in ${formatBytes(byteLength)}`,
        ...gaps.map(
          ({ byteOffset, byteLength, error }) =>
            `  unreadable: ${formatCount(byteLength)} bytes at byte ${formatCount(byteOffset)} (${error.message})`,
        ),
        ...copy.leftOut.map(
          ({ rowCount, error }) => `  left out: ${formatCount(rowCount)} events (${error.message})`,
        ),
        lostBytes + lostRows === 0 ? '  nothing is missing' : '',
      ];
      process.stdout.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
    }
    if (lostBytes + lostRows > 0) process.exitCode = EXIT_LOSSY;
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

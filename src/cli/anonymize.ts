/** `xgotop anonymize`: a recording that can be given away. */
import { crc32 } from 'node:zlib';
import { createHmac, randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { anonymousRecording, openRecording, RecordingCopy } from '../format/index.ts';
import { AnonymousNames } from '../golang/index.ts';
import { outputOptions, type OutputFlags } from './copy-options.ts';
import { writeAndReport } from './copy-report.ts';
import { openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { checkOutput } from './write-copy.ts';

interface AnonymizeFlags extends OutputFlags {
  salt?: string;
}

/** Of a hash in hex: two of a million names are alike once in two hundred files. */
const HASH_DIGITS = 12;
const SALT_BYTES = 16;

/** The command, for main.ts to register. */
export function anonymizeCommand(): Command {
  const command = new Command('anonymize')
    .description('Write a recording without the names of its program, to give it away.')
    .argument('<recording>', RECORDING_ARGUMENT)
    .addOption(
      new Option(
        '--salt <text>',
        'of the hashes: the same salt gives the same hashes (default: random)',
      ),
    );
  for (const option of outputOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  xgotop anonymize run.arrow -o for-the-bug-report.arrow
  xgotop anonymize run.arrow --salt "$SECRET" -o today.arrow

Names of functions, types and files outside the standard library become hashes, as do the
program's path and name, the host, marks and profiler labels; command lines and addresses in the
executable are dropped. Times, numbers of processes and goroutines, sizes, lines and versions
stay. Who knows the salt can try names: keep it to yourself.
${STDIN_NOTE}`,
    )
    .action(anonymize);
}

async function anonymize(path: string, flags: AnonymizeFlags): Promise<void> {
  checkOutput(flags.output, flags);
  const source = await openInput(path);
  try {
    const recording = await openRecording(source);
    const salt = flags.salt ?? randomBytes(SALT_BYTES);
    const hash = (text: string) =>
      createHmac('sha256', salt).update(text).digest('hex').slice(0, HASH_DIGITS);
    const names = new AnonymousNames(hash, recording.dictionaries.func);
    const copy = new RecordingCopy(anonymousRecording(recording, names), {
      crc32,
      history: 'anonymized by xgotop anonymize: names outside the standard library are hashes',
    });
    await writeAndReport(copy, flags, [recording]);
  } finally {
    source.close();
  }
}

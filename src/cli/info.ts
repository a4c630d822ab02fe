/**
 * `xgotop info`: what a recording is, from its index alone. No event is read.
 */
import { once } from 'node:events';
import { Command } from 'commander';
import { openRecording } from '../format/index.ts';
import { describeRecording } from './describe-recording.ts';
import { inputName, openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';
import { recordingSummary } from './recording-summary.ts';
import { recordingWarnings } from './recording-warnings.ts';

/** The command, for main.ts to register. */
export function infoCommand(): Command {
  return new Command('info')
    .description('Say what a recording is: the program, its duration, its events, its losses.')
    .argument('<recording>', RECORDING_ARGUMENT)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  xgotop info run.arrow
  xgotop info run.arrow --json | jq .events

${STDIN_NOTE}`,
    )
    .action(async (path: string, { json }: { json?: boolean }) => {
      const source = await openInput(path);
      try {
        const recording = await openRecording(source);
        const summary = recordingSummary(recording, await source.size());
        const text = json
          ? `${JSON.stringify(summary, undefined, 2)}\n`
          : describeRecording(summary, inputName(path));
        if (!process.stdout.write(text)) await once(process.stdout, 'drain');
        for (const warning of recordingWarnings(recording)) {
          process.stderr.write(`xgotop: ${warning}\n`);
        }
      } finally {
        source.close();
      }
    });
}

/** `xgotop mark`: say something into a recording that is being made. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../format/errors.ts';
import { MARK_TEXT_MAX, runningRecorders, sendMark } from '../record/mark-channel.ts';
import { formatSeconds } from './format-quantity.ts';
import { parsePid } from './parse-pid.ts';

interface MarkFlags {
  pid?: number;
  file?: string;
}

/** The command, for main.ts to register. */
export function markCommand(): Command {
  return new Command('mark')
    .description('Put a mark into every recording that you are making now.')
    .argument('<text>', 'what the mark says')
    .option('-p, --pid <pid>', 'only into that of this recorder (the process xgotop)', parsePid)
    .option('-f, --file <recording>', 'only into this recording')
    .addHelpText(
      'after',
      `
Examples:
  xgotop mark "deployed 1.4.2"
  xgotop mark -f run.arrow "load test begins"

SIGUSR1, sent to the recorder, makes a mark as well. Marks are in the view marks.`,
    )
    .action(async (text: string, flags: MarkFlags) => {
      await mark(text, flags);
    });
}

/** @throws UserError when no recording was marked */
async function mark(text: string, { pid, file }: MarkFlags): Promise<void> {
  if (text === '' || text.length > MARK_TEXT_MAX) {
    throw new UserError(`a mark has 1 to ${MARK_TEXT_MAX} characters, not ${text.length}`);
  }
  let markedCount = 0;
  for (const recorder of runningRecorders()) {
    if (pid !== undefined && recorder.pid !== pid) continue;
    const answer = await sendMark(recorder, {
      text,
      ...(file === undefined ? {} : { file: resolve(file) }),
    });
    if (answer?.file === undefined) continue;
    markedCount++;
    process.stdout.write(`${answer.file} at ${formatSeconds(answer.timeNs ?? 0)}\n`);
  }
  if (markedCount > 0) return;
  const which = file === undefined ? '' : ` into ${file}`;
  throw new UserError(
    pid === undefined
      ? `no recorder of this user is recording${which}`
      : `process ${pid} is no recorder of this user that is recording${which}`,
    'a recorder started by sudo is reached by sudo xgotop mark',
  );
}

/** `xgotop merge`: several recordings as one, on one axis of time. */
import { crc32 } from 'node:zlib';
import { basename } from 'node:path';
import { Command } from 'commander';
import { FormatError, UserError } from '../format/errors.ts';
import { openRecording, RecordingMerge, type MergeInput, type Recording } from '../format/index.ts';
import type { FileSource } from '../query/index.ts';
import { outputOptions, type OutputFlags } from './copy-options.ts';
import { checkOneStdin, writeAndReport } from './copy-report.ts';
import { inputName, openInput, STDIN_NOTE } from './recording-input.ts';
import { checkOutput } from './write-copy.ts';

/** The command, for main.ts to register. */
export function mergeCommand(): Command {
  const command = new Command('merge')
    .description('Write several recordings, of hosts or processes, as one with one axis of time.')
    .argument('<recordings...>', 'files that xgotop record wrote; one may be "-", stdin');
  for (const option of outputOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  xgotop merge client.arrow server.arrow -o both.arrow
  xgotop query both.arrow "SELECT pid, host, recording, recorded_pid FROM processes"

The recordings lie on the axis by the wall clocks of their hosts, which agree no better than NTP
keeps them: of what lies closer together nobody knows which came first. A number of a process that
two recordings have is another one in the later of them.
${STDIN_NOTE}`,
    )
    .action(merge);
}

async function merge(paths: readonly string[], flags: OutputFlags, command: Command) {
  if (paths.length < 2) command.error('error: give two recordings or more');
  checkOneStdin(paths);
  checkOutput(flags.output, flags);
  const sources: FileSource[] = [];
  try {
    const inputs: MergeInput[] = [];
    for (const path of paths) {
      const source = await openInput(path);
      sources.push(source);
      inputs.push({ recording: await openNamed(source, path), name: basename(inputName(path)) });
    }
    const copy = new RecordingMerge(unlike(inputs, paths), historyOf, crc32);
    await writeAndReport(
      copy,
      flags,
      inputs.map(({ recording }) => recording),
    );
  } finally {
    for (const source of sources) source.close();
  }
}

/** Of several files the one that is no recording has to be named. */
async function openNamed(source: FileSource, path: string): Promise<Recording> {
  try {
    return await openRecording(source);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError(`${inputName(path)}: ${error.message}`, undefined, { cause: error });
  }
}

/** Files of one name in several folders are told by their paths. */
function unlike(inputs: readonly MergeInput[], paths: readonly string[]): MergeInput[] {
  return inputs.map((input, index) => {
    const isUnlike = inputs.filter(({ name }) => name === input.name).length === 1;
    return isUnlike ? input : { ...input, name: `${index + 1}: ${inputName(paths[index]!)}` };
  });
}

/** For `xgotop.history`. */
function historyOf(placed: readonly (MergeInput & { shiftNs: number })[]): string {
  const inputs = placed.map(({ recording: { meta }, name, shiftNs }) => {
    const place = shiftNs === 0 ? 'at 0 s' : `at ${shiftNs / 1e9} s`;
    return `${name} (${meta.host}, pid ${meta.pid}, ${place})`;
  });
  return (
    `merged by xgotop merge: ${inputs.join(', ')}; placed by the wall clocks of their hosts, ` +
    'which agree no better than NTP keeps them'
  );
}

/** The options that all verbs have which write a recording, in the same words. */
import { Option } from 'commander';
import { UserError } from '../format/errors.ts';
import type { Recording } from '../format/index.ts';
import { formatSeconds } from './format-quantity.ts';
import { parseTimeNs } from './parse-time.ts';
import { inputName } from './recording-input.ts';

export interface OutputFlags {
  output: string;
  overwrite?: boolean;
  json?: boolean;
}

export interface TimeFlags {
  from?: number;
  to?: number;
}

/** `-o`, `--overwrite`, `--json`. */
export function outputOptions(): Option[] {
  return [
    new Option(
      '-o, --output <file>',
      'recording to write; "-" writes it to stdout',
    ).makeOptionMandatory(),
    new Option('--overwrite', 'replace the output if it exists'),
    new Option('--json', 'say what was written as JSON'),
  ];
}

/** `--from`, `--to`. */
export function timeOptions(): Option[] {
  return [
    new Option('--from <time>', 'since the start, e.g. 1.5s, 200ms').argParser(parseTimeNs),
    new Option('--to <time>', 'since the start; not included').argParser(parseTimeNs),
  ];
}

/** @throws UserError when nothing of the recording can lie between them */
export function checkTimes({ endNs }: Recording, path: string, { from = 0, to }: TimeFlags): void {
  if (to !== undefined && to <= from) {
    throw new UserError(
      `nothing lies between ${formatSeconds(from)} and ${formatSeconds(to)}`,
      '--to must be after --from',
    );
  }
  if (from > endNs) {
    throw new UserError(
      `--from ${formatSeconds(from)} is after the end`,
      `${inputName(path)} has ${formatSeconds(endNs)}`,
    );
  }
}

/** `from 1.2 s to the end`, for `xgotop.history`; empty without times. */
export function timesInWords({ from, to }: TimeFlags): string {
  if (from === undefined && to === undefined) return '';
  return `from ${(from ?? 0) / 1e9} s to ${to === undefined ? 'the end' : `${to / 1e9} s`}`;
}

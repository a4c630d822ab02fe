import { InvalidArgumentError } from 'commander';

/** Largest process number Linux gives out (PID_MAX_LIMIT of linux/threads.h). */
const MAX_PID = 4_194_304;

/** A process number on the command line. @throws InvalidArgumentError */
export function parsePid(text: string): number {
  const pid = Number(text);
  if (!/^\d+$/.test(text) || pid < 1 || pid > MAX_PID) {
    throw new InvalidArgumentError('a process number is expected.');
  }
  return pid;
}

/** Process numbers separated by commas, after those of an earlier option. @throws InvalidArgumentError */
export function parsePids(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), ...text.split(',').map(parsePid)];
}

/** Rows of part `processes`, in whatever order the kernel and wait(2) tell of a child. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { FollowedProcesses } from '../../src/record/followed-processes.ts';
import { NOTICE_WORDS, PROCESS_NOTICE } from '../../src/record/native.ts';

/** No process of Linux has it: PID_MAX_LIMIT is 2^22. */
const PID = 5_000_000;
const RECORDER = process.pid;

function notice(
  what: keyof typeof PROCESS_NOTICE,
  timeNs: number,
  { parentPid = 0, waitStatus = 0 } = {},
): bigint[] {
  const words = Array<bigint>(NOTICE_WORDS).fill(0n);
  const known = [PROCESS_NOTICE[what], PID, parentPid, timeNs].map(BigInt);
  words.splice(0, known.length, ...known);
  words[7] = BigInt(waitStatus);
  return words;
}

const START = notice('start', 10, { parentPid: 1 });
const EXEC = notice('exec', 20);
const AGAIN = notice('start', 30, { parentPid: 1 });
const EXIT = notice('exit', 40, { waitStatus: 3 << 8 });

interface Case {
  what: string;
  before: bigint[][];
  after: bigint[][];
  /** startedNs, endedNs, exitCode */
  rows: number[][];
}

const ANEW = [
  [0, 20, -1],
  [30, 40, 3],
];

test.each<Case>([
  { what: 'all is told', before: [START, EXIT], after: [], rows: [[0, 40, 3]] },
  { what: 'its end is told late', before: [START], after: [EXIT], rows: [[0, 40, 3]] },
  { what: 'all is told late', before: [], after: [START, EXIT], rows: [[0, 40, 3]] },
  { what: 'nothing is told', before: [], after: [], rows: [[0, 50, 3]] },
  {
    what: 'it executed itself anew, all is told',
    before: [START, EXEC, AGAIN, EXIT],
    after: [],
    rows: ANEW,
  },
  {
    what: 'it executed itself anew, which is told late',
    before: [START],
    after: [EXEC, AGAIN, EXIT],
    rows: ANEW,
  },
  {
    what: 'it executed itself anew, all is told late',
    before: [],
    after: [START, EXEC, AGAIN, EXIT],
    rows: ANEW,
  },
  {
    what: 'it executed itself anew, its end is not told',
    before: [START, EXEC, AGAIN],
    after: [],
    rows: [
      [0, 20, -1],
      [30, 50, 3],
    ],
  },
])('a child that is reaped at 50: $what', ({ before, after, rows }) => {
  const followed = new FollowedProcesses(undefined);
  const told = (notices: bigint[][]) => BigUint64Array.from(notices.flat());
  followed.add(PID, 0, { comm: 'child', parentPid: RECORDER });
  followed.takeNotices(told(before));
  followed.exited(PID, 50, { exitCode: 3 });
  expect(followed.haveEnded).toBe(true);
  followed.takeNotices(told(after));
  expect(followed.haveEnded).toBe(true);
  // The newest row of each that was ever changed.
  const latest = new Map(followed.takeChanged().map((row) => [row.startedNs, row]));
  expect([...latest.values()].map((row) => [row.startedNs, row.endedNs, row.exitCode])).toEqual(
    rows,
  );
  expect(followed.counts).toEqual({ running: 0, all: rows.length, expected: 0 });
});

test('what a child took is known up to its end', async () => {
  const script = `const end = Date.now() + 500; while (Date.now() < end);
    process.stdout.write(JSON.stringify(process.cpuUsage()));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const followed = new FollowedProcesses(undefined);
  followed.add(child.pid!, 0, { parentPid: RECORDER });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const timer = setInterval(() => followed.readUsage(child.pid!), 5);
  await once(child, 'close');
  clearInterval(timer);
  followed.exited(child.pid!, 5e8, { exitCode: 0 });
  const { user, system } = JSON.parse(said) as NodeJS.CpuUsage;
  // /proc counts in ticks of 10 ms, and each time by itself.
  const missingNs = (user + system) * 1000 - followed.usage().cpuNs;
  expect(missingNs).toBeLessThan(300e6);
});

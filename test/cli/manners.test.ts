/** How all verbs behave: pipes, full disks, interruptions, the words that they say. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { anonymizeCommand } from '../../src/cli/anonymize.ts';
import { catCommand } from '../../src/cli/cat.ts';
import { checkCommand } from '../../src/cli/check.ts';
import { ChunkProgress } from '../../src/cli/chunk-progress.ts';
import { cutCommand } from '../../src/cli/cut.ts';
import { EVENTS_OF_GROUP } from '../../src/cli/event-choice.ts';
import { filterCommand } from '../../src/cli/filter.ts';
import { infoCommand } from '../../src/cli/info.ts';
import { mergeCommand } from '../../src/cli/merge.ts';
import { queryCommand } from '../../src/cli/query.ts';
import { openInput } from '../../src/cli/recording-input.ts';
import { recoverCommand } from '../../src/cli/recover.ts';
import { checkOutput, writeCopy } from '../../src/cli/write-copy.ts';
import { EVENTS, type RecordingPieces } from '../../src/format/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { onSmallDisk } from '../small-disk.ts';
import { runCommand } from './run-command.ts';

const BIN = fileURLToPath(new URL('../../bin/xgotop', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'xgotop-manners-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const run = join(folder, 'run.arrow');
writeFileSync(run, sampleRecording().bytes);
const out = join(folder, 'out.arrow');

interface Ran {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** The built command as a user would run it, stdin a file. */
function xgotop(
  words: readonly string[],
  input?: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const stdin = input === undefined ? ('ignore' as const) : openSync(input, 'r');
  const child = spawn(process.execPath, [BIN, ...words], {
    stdio: [stdin, 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  if (stdin !== 'ignore') closeSync(stdin);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout!.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr!.on('data', (piece: Buffer) => stderr.push(piece));
  return new Promise((resolve) => {
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** A pipeline of a shell. @returns what came out of it, and the code of its first command */
function shell(line: string): Promise<Ran> {
  const child = spawn('bash', ['-c', `${line}; exit \${PIPESTATUS[0]}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, X: BIN, NODE: process.execPath, RUN: run },
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  return new Promise((resolve) => {
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** Without the warning of the sample's losses. */
const said = (stderr: string) => stderr.replace(/^xgotop: 18 events lost .*\n/, '');

describe('pipes', () => {
  it('a recording from stdin and to stdout is the one from a file and to a file', async () => {
    const words = ['--from', '1ms', '--to', '5ms'];
    const piped = await xgotop(['cut', '-', ...words, '-o', '-'], run);
    expect(await xgotop(['cut', run, ...words, '-o', out, '--overwrite'])).toMatchObject({
      code: 0,
    });
    expect(piped.code).toBe(0);
    expect(piped.stdout.equals(readFileSync(out))).toBe(true);
    expect(said(piped.stderr)).toMatch(/^stdout: [\d,]+ events in [\d.]+ kB\n$/);
  });

  it.each([
    ['info', ['-', '--json']],
    ['check', ['-', '--json']],
    ['cat', ['-', '--json']],
    ['query', ['-', '--json', 'SELECT count(*) FROM events']],
  ])('%s reads stdin as it reads a file', async (verb, words) => {
    const ofFile = await xgotop([verb, ...words.map((word) => (word === '-' ? run : word))]);
    const ofStdin = await xgotop([verb, ...words], run);
    expect(ofStdin.code).toBe(0);
    expect(ofStdin.stdout.equals(ofFile.stdout)).toBe(true);
  });

  it.each([
    ['lines', '"$NODE" "$X" cat "$RUN" | head -n 1'],
    ['results', '"$NODE" "$X" query "$RUN" "FROM events" | head -n 1'],
    ['a recording', '"$NODE" "$X" cut "$RUN" -o - | head -c 100'],
  ])('whoever has seen enough of %s ends it quietly', async (_, line) => {
    const { code, stdout, stderr } = await shell(line);
    expect([code, said(stderr).replace(/^stdout: .*\n/, '')]).toEqual([0, '']);
    expect(stdout.byteLength).toBeGreaterThan(20);
  });

  it('a terminal is no place for a recording, nor the source of one', async () => {
    const [wasOut, wasIn] = [process.stdout.isTTY, process.stdin.isTTY];
    [process.stdout.isTTY, process.stdin.isTTY] = [true, true];
    try {
      expect(() => checkOutput('-', {})).toThrow('a recording is not for a terminal');
      await expect(openInput('-')).rejects.toThrow('stdin is a terminal');
    } finally {
      [process.stdout.isTTY, process.stdin.isTTY] = [wasOut, wasIn];
    }
  });
});

describe('a disk that is full', () => {
  const onDisk = onSmallDisk(400 * 1024);

  onDisk('is told of, and nothing is left of the copy', async (disk) => {
    const { code, stderr } = await xgotop(['cut', run, '-o', join(disk, 'cut.arrow')]);
    expect([code, stderr]).toEqual([
      1,
      `xgotop: cannot write ${disk}/cut.arrow: no space left on the device\n  nothing is left of it\n`,
    ]);
    expect(readdirSync(disk)).toEqual([]);
  });

  onDisk('is told of when what comes from stdin has no room', async (disk) => {
    const { code, stderr } = await xgotop(['info', '-'], run, { TMPDIR: disk });
    expect([code, stderr]).toEqual([
      1,
      `xgotop: what comes from stdin cannot be stored in ${disk}: no space left on the device\n` +
        '  TMPDIR=FOLDER chooses another folder\n',
    ]);
    expect(readdirSync(disk)).toEqual([]);
  });
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s during a copy removes what was written and exits with %i', async (signal, code) => {
  const place = mkdtempSync(join(folder, 'interrupted-'));
  const seen: string[][] = [];
  const exit = vi.spyOn(process, 'exit').mockImplementation((status) => {
    throw new Error(`exit ${status}`);
  });
  const copy: RecordingPieces = {
    sourceChunkCount: 2,
    rowCount: 0,
    leftOut: [],
    async *pieces() {
      yield await Promise.resolve([new Uint8Array(100)]);
      seen.push(readdirSync(place));
      process.emit(signal);
    },
  };
  try {
    await expect(writeCopy(copy, join(place, 'x.arrow'), {})).rejects.toThrow(`exit ${code}`);
  } finally {
    exit.mockRestore();
  }
  expect([seen, readdirSync(place)]).toEqual([[[`x.arrow.${process.pid}.part`]], []]);
  expect(process.listenerCount(signal)).toBe(0);
});

it('progress is shown after two seconds, on a terminal alone, and taken away', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const was = process.stderr.isTTY;
  let shown = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown += String(text);
    return true;
  });
  const steps = (isTerminal: boolean) => {
    process.stderr.isTTY = isTerminal;
    shown = '';
    const progress = new ChunkProgress('written');
    for (let step = 0; step < 23; step++) {
      progress.show(step, 100);
      vi.advanceTimersByTime(100);
    }
    progress.end();
    return shown;
  };
  try {
    expect(steps(true)).toBe('\r\x1b[K21 % written\r\x1b[K23 % written\r\x1b[K');
    expect(steps(false)).toBe('');
  } finally {
    write.mockRestore();
    process.stderr.isTTY = was;
    vi.useRealTimers();
  }
});

describe('words', () => {
  const VERBS = [
    infoCommand(),
    checkCommand(),
    catCommand(),
    queryCommand(),
    recoverCommand(),
    cutCommand(),
    filterCommand(),
    mergeCommand(),
    anonymizeCommand(),
  ];

  it.each(VERBS.map((command) => [command.name(), command] as const))(
    '%s takes the options that others take, and says so of stdin',
    (name, command) => {
      const flags = command.options.map(({ long }) => long);
      expect(flags).toContain('--json');
      const writes = ['recover', 'cut', 'filter', 'merge', 'anonymize', 'query'].includes(name);
      expect(flags.includes('--output') && flags.includes('--overwrite')).toBe(writes);
      const output = command.options.find(({ long }) => long === '--output');
      expect(output?.short).toBe(writes ? '-o' : undefined);
      expect(flags.includes('--from') && flags.includes('--to')).toBe(
        ['cat', 'cut', 'filter'].includes(name),
      );
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help.replaceAll(/\s+/g, ' ')).toContain('A recording from stdin ("-") is stored');
      expect(help).toContain('Examples:');
    },
  );

  it.each([
    ['cut', cutCommand(), [run, '--to', '5ms']],
    ['filter', filterCommand(), [run, '--events', 'sched']],
    ['merge', mergeCommand(), [run, run]],
    ['anonymize', anonymizeCommand(), [run]],
    ['recover', recoverCommand(), [run]],
  ] as const)('%s says as JSON what was written', async (_, command, words) => {
    const { stdout, error } = await runCommand(command, [
      ...words,
      '-o',
      out,
      '--overwrite',
      '--json',
    ]);
    expect(error).toBeUndefined();
    const facts = JSON.parse(stdout) as Record<string, unknown>;
    expect(facts).toMatchObject({
      output: out,
      left_out: [],
      size_bytes: readFileSync(out).byteLength,
    });
    expect(facts['events']).toBeGreaterThan(0);
  });

  it.each([
    ['two recordings from stdin', mergeCommand(), ['-', '-', '-o', out], 1, /only one recording can come from stdin/],
    ['one recording to merge', mergeCommand(), [run, '-o', out], 2, /two recordings or more/],
    ['a filter of nothing', filterCommand(), [run, '-o', join(folder, 'no')], 2, /say what to keep/],
    ['--only without goroutines', filterCommand(), [run, '--only', '-o', join(folder, 'no')], 2, /belongs to --goroutine/],
    ['a goroutine that is none', filterCommand(), [run, '-g', 'x7', '-o', join(folder, 'no')], 2, /no number of a goroutine/],
    ['a process that is not there', filterCommand(), [run, '-g', '77/1', '-o', join(folder, 'no')], 1, /there is no process 77/],
    ['an event that is none', filterCommand(), [run, '-e', 'nope', '-o', join(folder, 'no')], 2, /no event 'nope'; groups: sched/],
    ['a predicate that is none', filterCommand(), [run, '--where', 'size >', '-o', join(folder, 'no')], 1, /^--where: Parser Error/],
    ['a column that is none', filterCommand(), [run, '--where', 'nix = 1', '-o', join(folder, 'no')], 1, /^--where: Binder Error.*nix/],
    ['statements for a predicate', filterCommand(), [run, '--where', 'true); SELECT (1', '-o', join(folder, 'no')], 1, /one predicate, not statements/],
    ['files of the machine in a predicate', filterCommand(), [run, '--where', "EXISTS (FROM read_text('/etc/passwd'))", '-o', join(folder, 'no')], 1, /^--where: Permission Error/],
    ['to follow stdin', catCommand(), ['-', '-f'], 1, /stdin does not grow/],
    ['stdin as recording and as SQL', queryCommand(), ['-', '-'], 2, /stdin is the recording/],
    ['to recover stdin to nowhere', recoverCommand(), ['-'], 1, /has no name/],
  ] as const)('refuses %s', async (_, command, words, code, message) => {
    const { error, exitCode } = await runCommand(command, words);
    expect([exitCode, (error as Error).message]).toEqual([code, expect.stringMatching(message)]);
    expect(readdirSync(folder)).not.toContain('no');
  }); // prettier-ignore

  it('every event is of one group', () => {
    expect(Object.values(EVENTS_OF_GROUP).flat().sort()).toEqual(EVENTS.slice(1).sort());
  });
});

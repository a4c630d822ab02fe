/**
 * `npm run demo`: set up, record a real Go program, ask one question, open the replay.
 *
 *     npm run demo [-- --no-serve]
 *
 * The program is TypeScript 7's compiler (written in Go, stripped, about a million allocations),
 * type-checking this repository. Where tracing is impossible the reason is printed and a small
 * recording that ships with the project is used instead.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compiler } from './compiler.mjs';
import { root } from './root.mjs';
import { fail, setup } from './setup.mjs';

const xgotop = join(root, 'bin', 'xgotop');
const shipped = join('test', 'fixtures', 'tsc-small.arrow');
const serve = !process.argv.includes('--no-serve');

try {
  say('1. Set-up');
  const missing = await setup();
  const recording = record(missing);
  say('3. What is in it');
  show(['info', recording]);
  say('4. A question: where did the goroutines wait?');
  show(['query', recording, '--report', 'blocked', '--format', 'table']);
  if (serve) {
    say('5. The replay (Ctrl-C ends it)');
    const replay = spawn(process.execPath, [xgotop, 'replay', recording], {
      cwd: root,
      stdio: 'inherit',
    });
    process.on('SIGINT', () => {}); // the child gets it too, and ends
    replay.on('close', (code) => process.exit(code ?? 0));
  } else {
    process.stdout.write(`\nReplay it: bin/xgotop replay ${recording}\n`);
  }
} catch (error) {
  fail(error);
}

/** @returns path of a recording, relative to the checkout */
function record(missing) {
  say("2. Recording TypeScript's compiler at work");
  if (missing === undefined) {
    const output = join('.cache', 'demo.arrow');
    mkdirSync(join(root, '.cache'), { recursive: true });
    const args = [
      'record',
      '--events',
      'sched,gc,alloc',
      '--overwrite',
      '-o',
      output,
      '--',
      compiler(),
    ];
    const project = ['-p', 'tsconfig.json', '--noEmit', '--extendedDiagnostics'];
    process.stdout.write(`$ xgotop ${args.slice(0, -1).join(' ')} tsc ${project.join(' ')}\n`);
    const done = spawnSync(process.execPath, [xgotop, ...args, ...project], {
      cwd: root,
      stdio: 'inherit',
    });
    if (done.status === 0) return output;
    process.stdout.write('\nRecording did not work here, for the reason above.\n');
  } else {
    process.stdout.write(`Recording is not possible here: ${missing}.\n`);
  }
  process.stdout.write(`Going on with a small recording of the same program: ${shipped}\n`);
  return shipped;
}

function show(args) {
  process.stdout.write(`$ xgotop ${args.join(' ')}\n`);
  const done = spawnSync(process.execPath, [xgotop, ...args], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function say(title) {
  const isTerminal = process.stdout.isTTY && !process.env.NO_COLOR;
  process.stdout.write(isTerminal ? `\n\x1b[1m${title}\x1b[0m\n` : `\n${title}\n`);
}

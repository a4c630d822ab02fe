/**
 * One step of a set-up, shown as one line: what it is, then what came of it and how long it took.
 * A step's own output goes to .cache/logs and is printed only when the step fails.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const logs = join(root, '.cache', 'logs');

/** A step that cannot be done here: what is missing, and the command that would mend it. */
export class StepError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Run `work` and say so on stderr.
 *
 * @param work returns a short result ("up to date", "built"); throws StepError
 */
export async function step(title, work) {
  const isTerminal = process.stderr.isTTY;
  const label = title.padEnd(34, ' ');
  if (isTerminal) process.stderr.write(`  ${label} ...`);
  const startMs = performance.now();
  try {
    const result = await work();
    const seconds = (performance.now() - startMs) / 1000;
    const took = seconds >= 0.5 ? `  ${seconds.toFixed(1)} s` : '';
    process.stderr.write(`${isTerminal ? '\r' : ''}  ${label} ${result}${took}\n`);
    return true;
  } catch (error) {
    process.stderr.write(`${isTerminal ? '\r' : ''}  ${label} NOT DONE\n`);
    throw error;
  }
}

/**
 * Run a command with its output in a log.
 *
 * @throws StepError with the end of the log when it fails
 */
export function run(name, command, args, options = {}) {
  mkdirSync(logs, { recursive: true });
  const logPath = join(logs, `${name}.log`);
  const log = createWriteStream(logPath);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
      env: { ...process.env, ...options.env },
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on('error', (error) => reject(new StepError(`${command}: ${error.message}`)));
    child.on('close', (code) => {
      log.end(() => {
        if (code === 0) return resolve();
        const tail = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
        reject(new StepError(`${command} ${args[0] ?? ''} failed (exit ${code}):\n${tail}`));
      });
    });
  });
}

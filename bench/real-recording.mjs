/** Recordings of TypeScript's compiler checking this repository: what benches of a file's bytes read. */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { compiler } from '../scripts/compiler.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The three that are compared: options of `xgotop record`. */
export const KINDS = {
  'sched only': ['--events', 'sched'],
  'sched, gc, alloc': ['--events', 'sched,gc,alloc'],
  'alloc with stacks': ['--events', 'alloc', '--stacks', 'alloc'],
};

/** Needs root. @throws Error with what the recorder said */
export function recordCompiler(path, options) {
  const done = spawnSync(
    process.execPath,
    ['bin/xgotop', 'record', ...options, '--overwrite', '-o', path, '--', compiler(), '-p', 'tsconfig.json', '--noEmit'],
    { cwd: root, encoding: 'utf8' },
  ); // prettier-ignore
  if (done.status !== 0) throw new Error(done.stderr);
}

/** The machine, for the head of a table. */
export function machineLine() {
  return `${cpus()[0].model.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.versions.node}`;
}

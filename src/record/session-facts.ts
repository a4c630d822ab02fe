/** What a session says of itself and its target in words and numbers: metadata, names, warnings. */
import { hostname, release } from 'node:os';
import type { RecordingMeta } from '../format/recording.ts';
import type { EventGroup } from './event-groups.ts';
import { cutComm } from './find-processes.ts';
import type { GoTarget } from './go-target.ts';
import type { Native } from './native.ts';

/** One moment on both clocks, ns. */
export interface Moment {
  monoNs: bigint;
  unixNs: bigint;
}

/** @param pid - of the first process; 0 when none runs yet */
export function recordingMeta(
  { target, groups, version }: { target: GoTarget; groups: readonly EventGroup[]; version: string },
  start: Moment,
  pid: number,
): RecordingMeta {
  return {
    version,
    program: target.process?.program ?? target.path,
    command: [...target.command],
    comm: commOf(target),
    pid,
    goVersion: target.program.goVersion,
    arch: target.program.arch,
    host: hostname(),
    kernel: release(),
    startUnixNs: start.unixNs,
    startMonoNs: start.monoNs,
    groups: [...groups],
    launched: target.follow.who === 'launched',
    offsets: target.plan.offsetsSource,
    history: [],
  };
}

/** A warning. */
export function unreadMemory(pid: number, code: string): string {
  return (
    `the memory of process ${pid} may not be read (${code}): its goroutines are known from their ` +
    'next event on, and its profiler labels not at all; xgotop doctor tells what allows it'
  );
}

/** Both clocks at once. */
export function now(native: Native): Moment {
  const monoNs = native.monotonicNs();
  const unixNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  return { monoNs, unixNs };
}

/** Name of the first process, or the one it is going to have. */
export function commOf({ process, path }: GoTarget): string {
  return process?.comm ?? cutComm(path.split('/').at(-1)!);
}

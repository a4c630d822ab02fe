/** What a session needs before its first event: the child, the loaded program, errors in words. */
import { TYPE_WIDTH } from '../format/arrow-schema.ts';
import { ALLOC_KINDS } from '../format/event-columns.ts';
import { UserError } from '../format/errors.ts';
import type { ProbeRow } from '../format/recording.ts';
import type { StoredColumns } from '../format/stored-columns.ts';
import { callerTellsAllocator } from '../golang/index.ts';
import { EVENT_CONSTANTS } from './event-layout.ts';
import { cgroupId } from './find-processes.ts';
import type { FollowRule, GoTarget } from './go-target.ts';
import { invokingUser } from './invoking-user.ts';
import { stackKinds, type StackDepths } from './stack-options.ts';
import type { FollowOptions, Native, NativeRecorder, StoppedChild } from './native.ts';

export const BLOCK_ROWS = 65_536;
/** 4 M events of room for a disk that stalls; 250 MB at the most, touched only when needed. */
export const BLOCK_COUNT = 64;

interface RecorderOptions {
  target: GoTarget;
  ringBytes: number;
  objectPath: string;
  stacks: StackDepths;
  columns: StoredColumns;
}

/** Start the target's command, stopped before its first instruction, as the user behind sudo. */
export function spawnStopped(native: Native, target: GoTarget): StoppedChild {
  const user = invokingUser();
  const env = { ...process.env };
  if (user) Object.assign(env, { HOME: user.home, USER: user.name, LOGNAME: user.name });
  return native.spawnStopped({
    file: target.path,
    args: [...target.command],
    env: Object.entries(env).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${value}`],
    ),
    cwd: process.cwd(),
    ...(user ? { uid: user.uid, gid: user.gid, groups: user.groups } : {}),
  });
}

const FOLLOW_MODES = {
  listed: EVENT_CONSTANTS.FOLLOW_LISTED,
  launched: EVENT_CONSTANTS.FOLLOW_DESCENDANTS,
  all: EVENT_CONSTANTS.FOLLOW_ALL,
} as const;

function followOptions({ who, comm, cgroup }: FollowRule, pids: readonly number[]): FollowOptions {
  return {
    mode: FOLLOW_MODES[who],
    pids: [...pids],
    ...(comm === undefined ? {} : { comm }),
    ...(cgroup === undefined ? {} : { cgroupId: cgroupId(cgroup) }),
  };
}

/**
 * Load the probe program.
 *
 * @param pids - processes that were named or started; empty when others are followed
 * @throws UserError what the kernel said
 */
export function openRecorder(
  native: Native,
  pids: readonly number[],
  { target, ringBytes, objectPath, stacks, columns }: RecorderOptions,
): NativeRecorder {
  const { plan, program } = target;
  try {
    return native.open({
      objectPath,
      follow: followOptions(target.follow, pids),
      offsets: plan.offsets,
      ringBytes,
      blockRows: BLOCK_ROWS,
      blockCount: BLOCK_COUNT,
      startMonoNs: native.monotonicNs(),
      pretendedReasons: plan.pretendedReasons,
      knownReasons: plan.knownReasons,
      preemptedReason: plan.preemptedReason,
      casTellsSyscalls: plan.casTellsSyscalls,
      createFromCas: plan.createFromCas,
      createParkedFromCas: plan.createParkedFromCas,
      tracksRunning: plan.tracksRunning,
      actions: plan.sites.reduce((bits, { action }) => bits | (1n << BigInt(action)), 0n),
      stackChecks: stackChecks(plan.sites),
      callerTellsAllocator: callerTellsAllocator(program, plan.sites),
      stwKindBase: ALLOC_KINDS.length,
      stopsHaveNoReason: !plan.stwBeginHasReason,
      columns: blockWidths(columns),
      stacks: {
        sched: stacks.sched ?? 0,
        alloc: stacks.alloc ?? 0,
        gc: stacks.gc ?? 0,
        hasCalls: plan.sites.some(({ group, call }) => call !== undefined && stacks[group]),
        kinds: stackKinds(plan.sites, stacks),
        gSched: plan.offsets.gSched,
        gobufBp: plan.offsets.gobufBp,
      },
    });
  } catch (error) {
    throw new UserError(
      `cannot load the probe program: ${(error as Error).message}`,
      'xgotop record --dry-run shows what would be probed; a kernel of 5.15 or newer with BTF is needed',
      { cause: error },
    );
  }
}

/** Bit n: some site of action n is a stack check's branch. */
export function stackChecks(sites: readonly { action: number; stackCheck: boolean }[]): bigint {
  return sites
    .filter(({ stackCheck }) => stackCheck)
    .reduce((bits, { action }) => bits | (1n << BigInt(action)), 0n);
}

/** Bytes that a drained block has for a value; names are made narrower later (NarrowNames). */
function blockWidths(columns: StoredColumns): Record<string, number> {
  return Object.fromEntries(
    Object.entries(columns).map(([column, type]) => [
      column,
      type === 'int16' && column !== 'p' ? 4 : TYPE_WIDTH[type],
    ]),
  );
}

/** Rows of part `probes`. */
export function probeRows({ plan }: GoTarget): ProbeRow[] {
  return plan.sites.map((site) => ({
    event: site.event,
    function: site.function,
    address: BigInt(site.address),
    fileOffset: site.fileOffset,
    instruction: site.instruction,
    emulated: site.emulated,
    rule: site.rule,
  }));
}

/** Failures of the addon are facts about this machine; say what was being done. */
export function asUserError(error: unknown, target: GoTarget): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || code === undefined) return error;
  if (code === 'EPERM' || code === 'EACCES') {
    return new UserError(
      `no permission to trace ${target.name}: ${message}`,
      'run it as root (sudo), or give node the capabilities that xgotop doctor names',
      {
        cause: error,
      },
    );
  }
  if (code === 'ESRCH') return new UserError(`${target.name} has ended`);
  return new UserError(`cannot record ${target.name}: ${message}`, undefined, { cause: error });
}

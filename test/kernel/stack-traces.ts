/**
 * Stacks side by side: those of Go's execution tracer and ours, of one run.
 *
 * The tracer leaves out frames at the inner end, by a count that each of its callers gives, and
 * at the outer end runtime.goexit, and runtime.main of goroutine 1. So ours must end with theirs,
 * and what is left of ours before must be the runtime's.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { openRecording, type Recording } from '../../src/format/index.ts';
import { openFileSource } from '../../src/query/file-source.ts';

export interface StackEvent {
  /** CLOCK_MONOTONIC, ns. */
  timeNs: bigint;
  goid: number;
  /** `Running->Waiting`, as the tracer says it. */
  transition: string;
  /** Function and line, innermost first. */
  frames: readonly string[];
}

const EVENT = /^M=-?\d+ P=-?\d+ G=-?\d+ StateTransition Time=(\d+) GoID=(\d+) (\w+->\w+) /;
/** The tracer cuts the inner end by fewer frames than this. */
const MAX_SKIPPED = 8;
/** What may stand between the tracer's innermost frame and the probe: the runtime, also under other names. */
const OF_THE_RUNTIME =
  /^(runtime|runtime\/trace|sync|syscall|time|os\/signal|internal\/(runtime\/\w+|sync|poll))\./;

/** Transitions with a stack, in the order of the trace. */
export async function readTraceStacks(go: string, path: string): Promise<StackEvent[]> {
  const child = spawn(go, ['tool', 'trace', '-d=parsed', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: StackEvent[] = [];
  let current: StackEvent | undefined;
  let section = '';
  let called: string | undefined;
  for await (const text of createInterface({ input: child.stdout })) {
    const match = EVENT.exec(text);
    if (match) {
      current = {
        timeNs: BigInt(match[1]!),
        goid: Number(match[2]),
        transition: match[3]!,
        frames: [],
      };
      events.push(current);
    } else if (text.startsWith('M=')) {
      current = undefined;
    } else if (current !== undefined) {
      if (!text.startsWith('\t')) section = text;
      const name = /^\t(\S.*) @ 0x/.exec(text)?.[1];
      const line = /^\t\t.*:(\d+)$/.exec(text)?.[1];
      if (name !== undefined) called = name;
      if (line !== undefined && section === 'Stack=')
        current.frames = [...current.frames, `${called}:${line}`];
    }
  }
  for (const event of events) event.frames = withoutTracer(event.frames);
  return events;
}

/** Without the switch to the system stack, and without the tracer's own calls: of those the line is not ours. */
function withoutTracer(frames: readonly string[]): string[] {
  const rest =
    frames[0]?.startsWith('runtime.systemstack_switch:') === true ? frames.slice(1) : frames;
  const own = rest.findLastIndex((frame) => frame.startsWith('runtime.traceLocker.')) + 1;
  return own === 0 ? [...rest] : [rest[own]!.replace(/:\d+$/, ':*'), ...rest.slice(own + 1)];
}

const STATES: Record<string, string> = {
  '': 'NotExist',
  runnable: 'Runnable',
  running: 'Running',
  syscall: 'Syscall',
  waiting: 'Waiting',
};

/** Function and line of the frames of a stack in a recording, innermost first. */
export function framesOfStacks({ dictionaries, stacks, frames }: Recording) {
  return (stack: number): string[] => {
    const found: string[] = [];
    for (let node = stack; node !== 0; node = stacks.parent[node - 1]!) {
      const { func, line } = frames[stacks.frame[node - 1]! - 1]!;
      found.push(`${dictionaries.func[func]}:${line}`);
    }
    return found;
  };
}

/** Our transitions, with those that have no stack. */
export async function readOurStacks(path: string): Promise<StackEvent[]> {
  const source = await openFileSource(path);
  const recording = await openRecording(source);
  const { dictionaries, meta } = recording;
  const states = dictionaries.from_state;
  const framesOf = framesOfStacks(recording);
  const events: StackEvent[] = [];
  for (const { chunkIndex, rowCount } of recording.chunks) {
    const columns = await recording.readEvents(chunkIndex, [
      'time_ns', 'goid', 'event', 'from_state', 'to_state', 'stack',
    ]); // prettier-ignore
    for (let row = 0; row < rowCount; row++) {
      const event = dictionaries.event[columns.event[row]!];
      if (event !== 'go_create' && event !== 'go_state') continue;
      const [from, to] = [states[columns.from_state[row]!]!, states[columns.to_state[row]!]!];
      events.push({
        timeNs: meta.startMonoNs + columns.time_ns[row]!,
        goid: Number(columns.goid[row]),
        transition: `${STATES[from]}->${STATES[to]}`,
        frames: framesOf(columns.stack[row]!),
      });
    }
  }
  source.close();
  return events;
}

export interface StackComparison {
  compared: number;
  equal: number;
  /** One of each kind, in words. */
  differences: Map<string, number>;
}

/** Each event of the tracer beside ours of the same goroutine and transition at about that time. */
export function compareStacks(
  theirs: readonly StackEvent[],
  ours: readonly StackEvent[],
  transition: string,
): StackComparison {
  const [oursOf, theirsOf] = [ours, theirs].map((events) => byGoid(events, transition));
  const comparison: StackComparison = { compared: 0, equal: 0, differences: new Map() };
  for (const [goid, events] of theirsOf!) {
    const mine = oursOf!.get(goid) ?? [];
    for (const event of events) {
      // Whether there is one is the business of another test; some have no stack there.
      const at = nearest(mine, event.timeNs);
      if (at === undefined || event.frames.length === 0) continue;
      comparison.compared++;
      // The thread may be preempted between the tracer's event and ours: then the next is nearer.
      const beside = mine.slice(Math.max(0, at - 1), at + 2);
      if (beside.some(({ frames }) => isSame(event.frames, frames))) {
        comparison.equal++;
        continue;
      }
      const words = `tracer [${event.frames.join(', ')}], ours [${mine[at]!.frames.join(', ')}]`;
      comparison.differences.set(words, (comparison.differences.get(words) ?? 0) + 1);
    }
  }
  return comparison;
}

function byGoid(events: readonly StackEvent[], transition: string): Map<number, StackEvent[]> {
  const groups = new Map<number, StackEvent[]>();
  for (const event of events) {
    if (event.transition !== transition) continue;
    const group = groups.get(event.goid);
    if (group) group.push(event);
    else groups.set(event.goid, [event]);
  }
  return groups;
}

/** Index of the event that is nearest to a time. */
function nearest(events: readonly StackEvent[], timeNs: bigint): number | undefined {
  let best: number | undefined;
  let bestNs = 50_000_000n;
  for (const [i, event] of events.entries()) {
    const awayNs = event.timeNs > timeNs ? event.timeNs - timeNs : timeNs - event.timeNs;
    if (awayNs < bestNs) [best, bestNs] = [i, awayNs];
  }
  return best;
}

function isSame(theirs: readonly string[], ours: readonly string[]): boolean {
  const mine = ours.at(-1)?.startsWith('runtime.main:') === true ? ours.slice(0, -1) : ours;
  const skipped = mine.length - theirs.length;
  return (
    skipped >= 0 &&
    skipped <= MAX_SKIPPED &&
    mine.slice(0, skipped).every((frame) => OF_THE_RUNTIME.test(frame)) &&
    theirs.every((frame, i) => {
      const own = mine[skipped + i]!;
      return frame === own || frame === own.replace(/:\d+$/, ':*');
    })
  );
}

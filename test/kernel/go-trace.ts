/**
 * Go's own execution trace of a run, as `go tool trace -d=parsed` prints it: the oracle.
 *
 * Only transitions of goroutines and the heap's goals are kept. The text is Go 1.24's and newer.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface TraceTransition {
  /** CLOCK_MONOTONIC, ns, to 64 ns. */
  timeNs: bigint;
  /** Thread on which it happened. */
  tid: number;
  goid: number;
  /** Goroutine that was current; -1 none. */
  byGoid: number;
  from: string;
  to: string;
  reason: string;
  /** Creations: the function that was started, and line of the `go` statement. */
  startFunction: string;
  line: number;
}

export interface GoTrace {
  /** In the order of the trace. */
  transitions: TraceTransition[];
  /** Bytes; the first as tracing began, then one each time the runtime commits to another. */
  heapGoals: number[];
}

const HEAP_GOAL = / Metric .*Name="\/gc\/heap\/goal:bytes" Value=Value\{Uint64\((\d+)\)\}/;
const EVENT =
  /^M=(-?\d+) P=-?\d+ G=(-?\d+) StateTransition Time=(\d+) GoID=(\d+) (\w+)->(\w+) Reason="(.*)"/;

export async function readGoTrace(go: string, path: string): Promise<GoTrace> {
  const child = spawn(go, ['tool', 'trace', '-d=parsed', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const transitions: TraceTransition[] = [];
  const heapGoals: number[] = [];
  let current: TraceTransition | undefined;
  let section = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const match = EVENT.exec(line);
    if (match) {
      current = {
        tid: Number(match[1]),
        byGoid: Number(match[2]),
        timeNs: BigInt(match[3]!),
        goid: Number(match[4]),
        from: match[5]!,
        to: match[6]!,
        reason: match[7]!,
        startFunction: '',
        line: 0,
      };
      transitions.push(current);
    } else if (line.startsWith('M=')) {
      current = undefined;
      const goal = HEAP_GOAL.exec(line)?.[1];
      if (goal !== undefined) heapGoals.push(Number(goal));
    } else if (current?.from === 'NotExist') {
      if (!line.startsWith('\t')) section = line;
      const called = /^\t(\S.*) @ 0x/.exec(line)?.[1];
      const place = /^\t\t.*:(\d+)$/.exec(line)?.[1];
      if (section === 'TransitionStack=' && called !== undefined) current.startFunction ||= called;
      if (section === 'Stack=' && place !== undefined) current.line ||= Number(place);
    }
  }
  return { transitions, heapGoals };
}

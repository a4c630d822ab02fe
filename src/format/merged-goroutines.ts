/** Part `goroutines` of a merged recording: those of all, with the numbers that they have in it. */
import type { PlacedInput } from './merged-facts.ts';
import type { NewNumbers } from './merged-names.ts';
import type { PidMap } from './merged-processes.ts';
import type { GoroutineColumns } from './recording.ts';

/** Numbers of one recording in the merged one, by the old ones. */
export interface InputNumbers extends NewNumbers {
  pid: PidMap;
  event: Int8Array;
  from_state: Int8Array;
  to_state: Int8Array;
  wait_reason: Int8Array;
  kind: Int8Array;
}

/** @param numbers - of each input */
export function mergedGoroutines(
  inputs: readonly PlacedInput[],
  numbers: readonly InputNumbers[],
): GoroutineColumns {
  const rows = inputs.flatMap(({ recording: { goroutines }, shiftNs }, index) => {
    const { pid, func, site, stack, to_state, wait_reason } = numbers[index]!;
    return Array.from({ length: goroutines.count }, (_, row) => ({
      pid: pid(goroutines.pid[row]!),
      goid: goroutines.goid[row]!,
      parentGoid: goroutines.parentGoid[row]!,
      func: func[goroutines.func[row]!] ?? 0,
      site: site.get(goroutines.site?.[row] ?? 0) ?? 0,
      state: to_state[goroutines.state[row]!] ?? 0,
      waitReason: wait_reason[goroutines.waitReason[row]!] ?? 0,
      sinceNs: movedSince(goroutines.sinceNs?.[row], shiftNs),
      stack: stack.get(goroutines.stack?.[row] ?? 0) ?? 0,
      labels: goroutines.labels?.[row] ?? 0n,
    }));
  });
  const has = (column: 'sinceNs' | 'stack' | 'labels') =>
    inputs.some(({ recording }) => recording.goroutines[column] !== undefined);
  return {
    count: rows.length,
    pid: Int32Array.from(rows, ({ pid }) => pid),
    goid: BigInt64Array.from(rows, ({ goid }) => goid),
    parentGoid: BigInt64Array.from(rows, ({ parentGoid }) => parentGoid),
    func: Int32Array.from(rows, ({ func }) => func),
    site: Int32Array.from(rows, ({ site }) => site),
    state: Int8Array.from(rows, ({ state }) => state),
    waitReason: Int8Array.from(rows, ({ waitReason }) => waitReason),
    ...(has('sinceNs') ? { sinceNs: BigInt64Array.from(rows, ({ sinceNs }) => sinceNs) } : {}),
    ...(has('stack') ? { stack: Int32Array.from(rows, ({ stack }) => stack) } : {}),
    ...(has('labels') ? { labels: BigInt64Array.from(rows, ({ labels }) => labels) } : {}),
  };
}

/** The part has only what was before the recording: of a later one it is not known then. */
function movedSince(sinceNs: bigint | undefined, shiftNs: number): bigint {
  if (sinceNs === undefined || sinceNs === -1n) return -1n;
  const moved = sinceNs + BigInt(shiftNs);
  return moved < -1n ? moved : -1n;
}

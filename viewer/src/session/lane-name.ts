/** Names of lanes, for the URL and for what the user chose: numbers of lanes mean nothing there. */
import type { Summary } from '../worker/protocol.ts';

/** `12`, or `4312:12` in a recording of several processes. */
export function laneName(summary: Summary, lane: number): string {
  const goid = summary.goid[lane]!;
  return summary.processCount > 1 ? `${summary.pid[lane]!}:${goid}` : String(goid);
}

/** Lanes that have these names. */
export function lanesNamed(summary: Summary, names: ReadonlySet<string>): Set<number> {
  const lanes = new Set<number>();
  for (const name of names) {
    const [, pid, goid] = /^(?:(\d+):)?(\d+)$/.exec(name) ?? [];
    const lane = summary.goid.findIndex(
      (id, at) => id === Number(goid) && (pid === undefined || summary.pid[at] === Number(pid)),
    );
    if (lane >= 0) lanes.add(lane);
  }
  return lanes;
}

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
  /** By number: processes; -1 the first that has it. An address may name any number of them. */
  const wanted = new Map<number, Set<number>>();
  for (const name of names) {
    const [, pid, goid] = /^(?:(\d+):)?(\d+)$/.exec(name) ?? [];
    if (goid === undefined) continue;
    const pids = wanted.get(Number(goid)) ?? new Set();
    wanted.set(Number(goid), pids.add(pid === undefined ? -1 : Number(pid)));
  }
  if (wanted.size === 0) return lanes;
  for (const [lane, goid] of summary.goid.entries()) {
    const pids = wanted.get(goid);
    if (pids === undefined) continue;
    if (pids.delete(-1) || pids.has(summary.pid[lane]!)) lanes.add(lane);
  }
  return lanes;
}

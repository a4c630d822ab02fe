/**
 * Which goroutine each P runs, as lanes of spans: `running` with the goroutine's id, or
 * nothing. Derived from the P that goroutine events carry; a P that never ran anything
 * has no lane.
 */
import { STATES } from '../event-columns.ts';
import { SpanStore } from './span-store.ts';

const RUNNING = STATES.indexOf('running');

/** Each process has Ps, and goroutines, of its own. */
interface Process {
  laneOfP: Map<number, number>;
  /** The lane on which a goroutine runs now. */
  laneOfGoid: Map<number, number>;
}

export class ProcessorLanes {
  readonly spans = new SpanStore();
  /** Number of the P of each lane, in the order in which they were first seen. */
  readonly pOfLane: number[] = [];
  /** The process of each lane. */
  readonly pidOfLane: number[] = [];
  readonly #processes = new Map<number, Process>();
  #pid = -1;
  #laneOfP = new Map<number, number>();
  #laneOfGoid = new Map<number, number>();

  /** What follows is of this process. */
  enter(pid: number): void {
    let process = this.#processes.get(pid);
    if (process === undefined) {
      process = { laneOfP: new Map<number, number>(), laneOfGoid: new Map<number, number>() };
      this.#processes.set(pid, process);
    }
    this.#pid = pid;
    this.#laneOfP = process.laneOfP;
    this.#laneOfGoid = process.laneOfGoid;
  }

  /** A goroutine begins to run on a P. */
  run(p: number, goid: number, tid: number, timeNs: number): void {
    const lane = this.#laneOf(p);
    const last = this.spans.last(lane);
    // Whoever was there has left without an event that says so.
    if (last >= 0 && this.spans.state[last] === RUNNING) {
      this.#laneOfGoid.delete(this.spans.goid[last]!);
    }
    this.spans.append(lane, timeNs, RUNNING, 0, p, tid, goid);
    this.#laneOfGoid.set(goid, lane);
  }

  /**
   * A goroutine no longer runs.
   *
   * @param p - which it held; -1 not known
   * @param startNs - since when it ran: what ran before the first event here is known only now
   */
  stop(goid: number, timeNs: number, p: number, startNs: number): void {
    let lane = this.#laneOfGoid.get(goid);
    if (lane === undefined) {
      if (p < 0) return;
      lane = this.#laneOf(p);
      const last = this.spans.last(lane);
      // Who ran on the P meanwhile is known better.
      if (last >= 0 && (this.spans.state[last] !== 0 || this.spans.startNs[last]! > startNs))
        return;
      this.spans.append(lane, startNs, RUNNING, 0, p, 0, goid);
    }
    this.#laneOfGoid.delete(goid);
    this.spans.append(lane, timeNs, 0, 0, -1, 0, 0);
  }

  #laneOf(p: number): number {
    let lane = this.#laneOfP.get(p);
    if (lane === undefined) {
      lane = this.spans.addLane();
      this.#laneOfP.set(p, lane);
      this.pOfLane.push(p);
      this.pidOfLane.push(this.#pid);
    }
    return lane;
  }
}

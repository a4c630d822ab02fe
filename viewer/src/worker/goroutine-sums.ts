/** Sums of each goroutine, found by process and number. */
import { grown } from '../../../src/format/lanes/span-store.ts';

export class GoroutineSums {
  allocatedBytes = new Float64Array(256);
  blockedNs = new Float64Array(256);
  /** -1 while it does not wait. */
  waitingSinceNs = new Float64Array(256).fill(-1);
  pid = new Int32Array(256);
  /** The last that was seen: index into STATES. */
  state = new Uint8Array(256);
  /** The set of profiler labels it has: its address (0 none), and since when. */
  labels: bigint[] = [];
  labelledNs: number[] = [];
  /** The last set that it had and that was not "none". */
  lastLabels: bigint[] = [];
  lastLabelledNs: number[] = [];
  #count = 0;
  readonly #places = new Map<number, Map<number, number>>();

  /** Its place, where it has none a new one. */
  at(pid: number, goid: number): number {
    let places = this.#places.get(pid);
    if (places === undefined) this.#places.set(pid, (places = new Map<number, number>()));
    let at = places.get(goid);
    if (at !== undefined) return at;
    at = this.#count++;
    places.set(goid, at);
    if (at === this.pid.length) this.#grow(2 * at);
    this.pid[at] = pid;
    this.labels[at] = this.lastLabels[at] = 0n;
    this.labelledNs[at] = this.lastLabelledNs[at] = 0;
    return at;
  }

  /** Its place; -1 none. */
  find(pid: number, goid: number): number {
    return this.#places.get(pid)?.get(goid) ?? -1;
  }

  setLabels(at: number, timeNs: number, object: bigint): void {
    this.labels[at] = object;
    this.labelledNs[at] = timeNs;
    if (object === 0n) return;
    this.lastLabels[at] = object;
    this.lastLabelledNs[at] = timeNs;
  }

  /** A goroutine begins with the labels of the one that created it. */
  inheritLabels(at: number, pid: number, byGoid: number): void {
    const creator = this.find(pid, byGoid);
    if (creator >= 0) this.setLabels(at, this.labelledNs[creator]!, this.labels[creator]!);
  }

  #grow(length: number): void {
    this.allocatedBytes = grown(this.allocatedBytes, new Float64Array(length));
    this.blockedNs = grown(this.blockedNs, new Float64Array(length));
    this.waitingSinceNs = grown(this.waitingSinceNs, new Float64Array(length).fill(-1));
    this.pid = grown(this.pid, new Int32Array(length));
    this.state = grown(this.state, new Uint8Array(length));
  }
}

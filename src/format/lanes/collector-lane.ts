/**
 * The garbage collector's cycles and the stops of the world (STW), from their pairs of events.
 *
 * `gc_begin` to `gc_end` is the concurrent mark phase (docs/format.md, "Events"). A begin
 * without its end lasts until the recording's current end; an end without its begin
 * began before the recording.
 */
import { EVENTS } from '../event-columns.ts';
import { grown } from './span-store.ts';

const GC_BEGIN = EVENTS.indexOf('gc_begin');
const GC_END = EVENTS.indexOf('gc_end');
const STW_BEGIN = EVENTS.indexOf('stw_begin');
const STW_END = EVENTS.indexOf('stw_end');

/** Intervals that do not overlap, in the order of time; the last may be open. */
export class Intervals {
  count = 0;
  startNs = new Float64Array(16);
  /** `Infinity` while open. */
  endNs = new Float64Array(16);
  /** STW: index into the dictionary of `kind`, the reason; GC: 0. */
  kind = new Uint8Array(16);

  begin(timeNs: number, kind: number): void {
    // Two begins in a row: the end between them was lost.
    if (this.#isOpen()) this.endNs[this.count - 1] = timeNs;
    this.#push(timeNs, Infinity, kind);
  }

  end(timeNs: number, kind: number): void {
    if (this.#isOpen()) this.endNs[this.count - 1] = timeNs;
    else if (this.count === 0) this.#push(0, timeNs, kind);
  }

  #isOpen(): boolean {
    return this.count > 0 && this.endNs[this.count - 1] === Infinity;
  }

  #push(startNs: number, endNs: number, kind: number): void {
    if (this.count === this.startNs.length) {
      this.startNs = grown(this.startNs, new Float64Array(this.count * 2));
      this.endNs = grown(this.endNs, new Float64Array(this.count * 2));
      this.kind = grown(this.kind, new Uint8Array(this.count * 2));
    }
    this.startNs[this.count] = startNs;
    this.endNs[this.count] = endNs;
    this.kind[this.count++] = kind;
  }
}

export class CollectorLane {
  readonly cycles = new Intervals();
  readonly stops = new Intervals();

  /**
   * Take in one event.
   *
   * @param event - index into EVENTS
   * @param kind - index into the dictionary of `kind`
   * @returns whether it was one of the collector's
   */
  add(event: number, timeNs: number, kind: number): boolean {
    if (event === GC_BEGIN) this.cycles.begin(timeNs, 0);
    else if (event === GC_END) this.cycles.end(timeNs, 0);
    else if (event === STW_BEGIN) this.stops.begin(timeNs, kind);
    else if (event === STW_END) this.stops.end(timeNs, kind);
    else return false;
    return true;
  }
}

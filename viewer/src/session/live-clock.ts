/**
 * Where the playhead stands while a live recording is followed: as close behind the newest event
 * as the unevenness of their arrival allows, and moving as smoothly as time does.
 *
 * Events arrive in chunks. Before one arrives, all of its events are missing; to pass its first
 * event only once it is there, the playhead must be as far behind as that event is old when it
 * comes. That age, against the age of the freshest event that ever came, is measured at every
 * arrival; the distance kept is the largest of late, which counts for less as time goes by.
 * A program that does nothing for a while is not uneven: only events that came count.
 */

/** Half of what an arrival has made of the distance is forgotten after so long, ms. */
const HALF_LIFE_MS = 10_000;
/** For what was not seen yet: a fifth more than the worst of late, ms at least. */
const SAFETY = 1.2;
const LEAST_MS = 20;
/** A page in the background hears of events in lumps of a second or more. */
const MOST_MS = 2_000;
/** While the distance changes, time goes by at most this much faster or slower. */
const GLIDE = 0.25;
/** What is further away is not glided to: the program was silent, or the page asleep. */
const JUMP_MS = 500;

export class LiveClock {
  /** Arrival less event, ms, of the freshest event so far: the two clocks' difference. */
  #freshestMs = Infinity;
  #worstMs = 0;
  #arrivedMs = 0;
  #newestMs = 0;
  /** Where the playhead was last, and when. */
  #shown: { atMs: number; timeMs: number } | undefined;

  /**
   * Events have arrived.
   *
   * @param nowMs - of the page's clock
   * @param firstNs - time of the first of them in the recording, ns
   * @param newestNs - and of the last
   */
  arrived(nowMs: number, firstNs: number, newestNs: number): void {
    this.#newestMs = newestNs / 1e6;
    this.#freshestMs = Math.min(this.#freshestMs, nowMs - this.#newestMs);
    const lateMs = Math.min(MOST_MS, nowMs - firstNs / 1e6 - this.#freshestMs);
    const kept = 0.5 ** ((nowMs - this.#arrivedMs) / HALF_LIFE_MS);
    this.#worstMs = Math.max(lateMs, this.#worstMs * kept);
    this.#arrivedMs = nowMs;
  }

  /** How far behind the newest event the playhead is kept, ms. */
  get bufferMs(): number {
    return Math.max(LEAST_MS, this.#worstMs * SAFETY);
  }

  /** Begin anew with where the playhead is: the next reading does not glide. */
  restart(): void {
    this.#shown = undefined;
  }

  /** The playhead's time, ns; never later than the newest event, never earlier than before. */
  playheadNs(nowMs: number): number {
    if (this.#freshestMs === Infinity) return 0;
    const wantedMs = nowMs - this.#freshestMs - this.bufferMs;
    let timeMs = wantedMs;
    if (this.#shown !== undefined) {
      const passedMs = Math.max(0, nowMs - this.#shown.atMs);
      const slowest = this.#shown.timeMs + passedMs * (1 - GLIDE);
      const fastest = this.#shown.timeMs + passedMs * (1 + GLIDE);
      const isNear = Math.abs(wantedMs - this.#shown.timeMs) < JUMP_MS + passedMs;
      timeMs = isNear ? Math.min(Math.max(wantedMs, slowest), fastest) : wantedMs;
      timeMs = Math.max(timeMs, this.#shown.timeMs);
    }
    timeMs = Math.max(0, Math.min(timeMs, this.#newestMs));
    this.#shown = { atMs: nowMs, timeMs };
    return timeMs * 1e6;
  }
}

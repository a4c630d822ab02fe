/**
 * Playing a recording: the playhead, its speed, and what happens at the end.
 *
 * The playhead is computed from the clock since play began, not summed up frame by frame, so
 * that it keeps time however uneven the frames are.
 */
import { nextSpeed } from './speed-ladder.ts';

/** `following` keeps the playhead at the newest event of a growing recording. */
export type TransportMode = 'paused' | 'playing' | 'following';

/** What a tick has to know of the recording. */
export interface PlayRange {
  /** End of what there is, ns. */
  endNs: number;
  /** More is coming: the end is waited at. */
  isGrowing: boolean;
  /** Where the playhead is when it follows; at the end when undefined. */
  followNs?: number | undefined;
  /** Played again and again; the whole recording when undefined. */
  loop: { startNs: number; endNs: number } | undefined;
}

export class Transport {
  mode = $state<TransportMode>('paused');
  /** ns since the recording started. */
  playheadNs = $state(0);
  /** Recording time per second. */
  nsPerS = $state(1e8);
  isLooping = $state(false);
  /** The playhead was put somewhere; until then nothing counts as not yet played. */
  isPlaced = $state(false);
  /** Where and when the current run of playing began. */
  #fromNs = 0;
  #fromMs = 0;

  play(nowMs: number, range: PlayRange): void {
    const { startNs, endNs } = this.#bounds(range);
    if (this.playheadNs >= endNs || this.playheadNs < startNs) this.playheadNs = startNs;
    this.mode = 'playing';
    this.isPlaced = true;
    this.#restart(nowMs);
  }

  pause(): void {
    this.mode = 'paused';
  }

  follow(): void {
    this.mode = 'following';
    this.isPlaced = true;
  }

  /** Put the playhead somewhere; playing goes on from there, following stops. */
  seek(timeNs: number, nowMs: number, endNs: number): void {
    this.playheadNs = Math.min(Math.max(0, timeNs), endNs);
    this.isPlaced = true;
    if (this.mode === 'following') this.mode = 'paused';
    this.#restart(nowMs);
  }

  setSpeed(nsPerS: number, nowMs: number): void {
    this.nsPerS = nsPerS;
    this.#restart(nowMs);
  }

  /** One rung of the ladder faster (1) or slower (-1). */
  changeSpeed(direction: 1 | -1, nowMs: number): void {
    this.setSpeed(nextSpeed(this.nsPerS, direction), nowMs);
  }

  /** Move the playhead to where it is at `nowMs`, a reading of performance.now(). */
  tick(nowMs: number, range: PlayRange): void {
    if (this.mode === 'following') {
      this.playheadNs = range.isGrowing ? (range.followNs ?? range.endNs) : range.endNs;
      if (!range.isGrowing) this.mode = 'paused';
      return;
    }
    if (this.mode !== 'playing') return;
    const { startNs, endNs } = this.#bounds(range);
    const timeNs = this.#fromNs + ((nowMs - this.#fromMs) / 1e3) * this.nsPerS;
    if (timeNs < endNs) {
      this.playheadNs = timeNs;
      return;
    }
    if (this.isLooping) {
      this.playheadNs = startNs;
      this.#restart(nowMs);
    } else {
      this.playheadNs = endNs;
      // At the end of a growing recording playing goes on as soon as there is more.
      if (range.isGrowing) this.#restart(nowMs);
      else this.mode = 'paused';
    }
  }

  #bounds(range: PlayRange): { startNs: number; endNs: number } {
    return this.isLooping && range.loop !== undefined
      ? range.loop
      : { startNs: 0, endNs: range.endNs };
  }

  #restart(nowMs: number): void {
    this.#fromNs = this.playheadNs;
    this.#fromMs = nowMs;
  }
}

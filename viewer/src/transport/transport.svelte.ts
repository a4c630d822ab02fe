/**
 * Playing a recording: the playhead, how fast and which way it goes, and what happens at the end.
 *
 * The playhead is computed from the clock since play began, not summed up frame by frame, so
 * that it keeps time however uneven the frames are.
 */
import {
  axisOfEvents,
  axisWithCuts,
  cutsAt,
  TIME_AXIS,
  type EventTimes,
  type PlayAxis,
  type Stretches,
} from './play-axis.ts';
import { autoSpeed, clampSpeed, nextSpeed } from './speed-ladder.ts';
import type { Speed } from './speed.ts';

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
  /** What `auto` plays in its half a minute, ns; undefined: all that is played. */
  autoNs?: number | undefined;
  /** Stretches in which nothing happens; undefined: not known. */
  idle?: Stretches | undefined;
  /** For a constant number of events per second; undefined: not known. */
  events?: EventTimes | undefined;
}

/** While it is not known where the events are, that many of them are played so fast. */
const UNKNOWN_NS_PER_EVENT = 1e5;

export class Transport {
  mode = $state<TransportMode>('paused');
  /** ns since the recording started. */
  playheadNs = $state(0);
  /** Backwards is -1. */
  direction = $state<1 | -1>(1);
  speed = $state.raw<Speed>({ kind: 'fixed', nsPerS: 1e8 });
  /** Recording time per second, where it is constant; by events what it is on average. */
  nsPerS = $state(1e8);
  isLooping = $state(false);
  isSkippingIdle = $state(false);
  /** The playhead was put somewhere; until then nothing counts as not yet played. */
  isPlaced = $state(false);
  /** Where and when the current run of playing began. */
  #fromNs = 0;
  #fromMs = 0;
  /** What an axis was made of, and the axis. */
  #axis: { of: readonly unknown[]; axis: PlayAxis } = { of: [], axis: TIME_AXIS };

  play(nowMs: number, range: PlayRange, direction: 1 | -1 = this.direction): void {
    this.direction = direction;
    const { startNs, endNs } = this.#bounds(range);
    const { playheadNs } = this;
    const isOutside = playheadNs < startNs || playheadNs > endNs;
    if (direction === 1 && (isOutside || playheadNs === endNs)) this.playheadNs = startNs;
    if (direction === -1 && (isOutside || playheadNs === startNs)) this.playheadNs = endNs;
    this.mode = 'playing';
    this.isPlaced = true;
    this.#restart(nowMs);
  }

  pause(): void {
    this.mode = 'paused';
  }

  follow(): void {
    this.mode = 'following';
    this.direction = 1;
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
    this.choose({ kind: 'fixed', nsPerS: clampSpeed(nsPerS) }, nowMs);
  }

  choose(speed: Speed, nowMs: number): void {
    this.speed = speed;
    if (speed.kind === 'fixed') this.nsPerS = speed.nsPerS;
    this.#restart(nowMs);
  }

  setDirection(direction: 1 | -1, nowMs: number): void {
    this.direction = direction;
    this.#restart(nowMs);
  }

  skipIdle(isSkipping: boolean, nowMs: number): void {
    this.isSkippingIdle = isSkipping;
    this.#restart(nowMs);
  }

  /** One rung of the ladder faster (1) or slower (-1); of events, twice as many or half. */
  changeSpeed(direction: 1 | -1, nowMs: number): void {
    const { speed } = this;
    if (speed.kind === 'events') {
      const eventsPerS = Math.max(1, Math.min(1e6, speed.eventsPerS * 2 ** direction));
      this.choose({ kind: 'events', eventsPerS }, nowMs);
    } else {
      this.setSpeed(nextSpeed(this.nsPerS, direction), nowMs);
    }
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
    const { axis, unitsPerS } = this.#pace(range, startNs, endNs);
    const isForward = this.direction === 1;
    // A frame's time may be before the key press that it is the first frame after.
    const playedS = Math.max(0, nowMs - this.#fromMs) / 1e3;
    const units = axis.toUnits(this.#fromNs) + this.direction * playedS * unitsPerS;
    if (isForward ? units < axis.toUnits(endNs) : units > axis.toUnits(startNs)) {
      this.playheadNs = axis.toTimeNs(units);
      return;
    }
    if (this.isLooping) {
      this.playheadNs = isForward ? startNs : endNs;
      this.#restart(nowMs);
    } else {
      this.playheadNs = isForward ? endNs : startNs;
      // At the end of a growing recording playing goes on as soon as there is more.
      if (range.isGrowing && isForward) this.#restart(nowMs);
      else this.mode = 'paused';
    }
  }

  /** What the speed comes to on a recording; also when nothing plays, so that it can be shown. */
  settle(range: PlayRange): void {
    const { startNs, endNs } = this.#bounds(range);
    this.#pace(range, startNs, endNs);
  }

  /** The stretches that are skipped now. */
  cuts(range: PlayRange): Stretches | undefined {
    const isSkipping = this.isSkippingIdle && this.speed.kind !== 'events';
    return isSkipping && range.idle !== undefined ? cutsAt(range.idle, this.nsPerS) : undefined;
  }

  #pace(range: PlayRange, startNs: number, endNs: number): { axis: PlayAxis; unitsPerS: number } {
    const { speed } = this;
    if (speed.kind === 'events') {
      const { events } = range;
      if (events === undefined) {
        return { axis: TIME_AXIS, unitsPerS: speed.eventsPerS * UNKNOWN_NS_PER_EVENT };
      }
      const axis = this.#cached([events, range.endNs], () => axisOfEvents(events, range.endNs));
      const seconds = (axis.toUnits(endNs) - axis.toUnits(startNs)) / speed.eventsPerS;
      this.#tell(seconds === 0 ? this.nsPerS : (endNs - startNs) / seconds);
      return { axis, unitsPerS: speed.eventsPerS };
    }
    const nsPerS =
      speed.kind === 'auto' ? autoSpeed(range.autoNs ?? endNs - startNs) : speed.nsPerS;
    this.#tell(nsPerS);
    const { idle } = range;
    if (!this.isSkippingIdle || idle === undefined) return { axis: TIME_AXIS, unitsPerS: nsPerS };
    const axis = this.#cached([idle, nsPerS], () => axisWithCuts(cutsAt(idle, nsPerS)));
    return { axis, unitsPerS: nsPerS };
  }

  #tell(nsPerS: number): void {
    if (this.nsPerS !== nsPerS) this.nsPerS = nsPerS;
  }

  #cached(of: readonly unknown[], make: () => PlayAxis): PlayAxis {
    const isSame = of.length === this.#axis.of.length && of.every((v, i) => v === this.#axis.of[i]);
    if (!isSame) this.#axis = { of, axis: make() };
    return this.#axis.axis;
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

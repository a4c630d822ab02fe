/**
 * The marks for what is on screen, fetched from the worker three windows wide, so that a
 * pan draws at once. While an answer is on its way no second question is asked; the newest
 * wish is asked when it comes.
 */
import type { RecordingClient } from '../worker/recording-client.ts';
import type { Summary, WindowRequest } from '../worker/protocol.ts';
import { laneFrame, type LaneFrame } from './lane-frame.ts';

/** What is wanted on screen. */
export interface WindowWish {
  startNs: number;
  spanNs: number;
  bucketNs: number;
  densityNs: number;
  /** Lanes on screen, and those that come into view next. */
  visibleLanes: readonly number[];
  lanes: readonly number[];
  processors: readonly number[];
  groups: { key: string; lanes: Int32Array }[];
  /** The state of the recording that the picture should show. */
  summary: Summary;
}

export class WindowData {
  frame = $state.raw<LaneFrame | undefined>(undefined);
  readonly #client: RecordingClient;
  #wish: WindowWish | undefined;
  #isWaiting = false;
  /** Counts what was asked: only the newest question is asked again for more. */
  #asked = 0;

  constructor(client: RecordingClient) {
    this.#client = client;
  }

  /** Tell what is on screen; fetches when that is not there. */
  want(wish: WindowWish): void {
    this.#wish = wish;
    if (!this.#isWaiting && !covers(this.frame, wish)) void this.#fetch(wish);
  }

  async #fetch(wish: WindowWish): Promise<void> {
    this.#isWaiting = true;
    const asked = ++this.#asked;
    const request = requestFor(wish);
    const reply = await this.#client.window(request);
    // While time stands still what is sharp stays until it is so again.
    if (reply.isCoarse !== true || !isSharpFor(this.frame, wish)) {
      this.frame = laneFrame(reply, wish.summary);
    }
    this.#isWaiting = false;
    if (this.#wish !== undefined && this.#wish !== wish && !covers(this.frame, this.#wish)) {
      void this.#fetch(this.#wish);
    } else if (reply.isCoarse === true) void this.#sharpen(wish, asked);
  }

  /** Ask for what has to be read first, unless something else is wanted meanwhile. */
  async #sharpen(wish: WindowWish, asked: number): Promise<void> {
    // What is on screen first: to read what a pan would show takes three times as long.
    for (const margin of [0, 1]) {
      const reply = await this.#client.window({ ...requestFor(wish, margin), mayRead: true });
      if (asked !== this.#asked || reply.isCoarse === true) return;
      this.frame = laneFrame(reply, wish.summary);
    }
    if (this.#wish !== undefined && !this.#isWaiting && !covers(this.frame, this.#wish)) {
      void this.#fetch(this.#wish);
    }
  }
}

/** The frame shows all spans of what is wished, maybe with less known of the rest. */
function isSharpFor(frame: LaneFrame | undefined, wish: WindowWish): boolean {
  return (
    frame !== undefined &&
    frame.reply.isCoarse !== true &&
    frame.reply.unread === undefined &&
    covers({ ...frame, summary: wish.summary }, wish)
  );
}

function covers(frame: LaneFrame | undefined, wish: WindowWish): boolean {
  if (frame?.summary !== wish.summary) return false;
  const { request } = frame.reply;
  return (
    request.bucketNs === wish.bucketNs &&
    request.startNs <= Math.max(0, wish.startNs) &&
    request.endNs >= Math.min(wish.startNs + wish.spanNs, wish.summary.endNs) &&
    wish.visibleLanes.every((lane) => frame.slotOfLane.has(lane)) &&
    wish.processors.every((lane) => frame.slotOfProcessor.has(lane)) &&
    wish.groups.every(({ key, lanes }) =>
      request.groups.some((group) => group.key === key && group.lanes.length === lanes.length),
    )
  );
}

/** @param margin - before and after what is on screen, in windows */
function requestFor(wish: WindowWish, margin = 1): WindowRequest {
  return {
    startNs: Math.max(0, wish.startNs - margin * wish.spanNs),
    endNs: Math.min(wish.summary.endNs, wish.startNs + (1 + margin) * wish.spanNs),
    bucketNs: wish.bucketNs,
    densityNs: wish.densityNs,
    lanes: Int32Array.from(wish.lanes),
    processors: Int32Array.from(wish.processors),
    groups: wish.groups,
  };
}

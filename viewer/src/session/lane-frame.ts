/** An answer of the worker together with where each lane stands in it. */
import type { Summary, WindowReply } from '../worker/protocol.ts';

export interface LaneFrame {
  reply: WindowReply;
  /** Place of a lane of a goroutine, of a processor, in the reply. */
  slotOfLane: ReadonlyMap<number, number>;
  slotOfProcessor: ReadonlyMap<number, number>;
  /** What the page knew when it asked; its time tells how fresh the picture is. */
  summary: Summary;
}

/** Index a reply. */
export function laneFrame(reply: WindowReply, summary: Summary): LaneFrame {
  return {
    reply,
    slotOfLane: slots(reply.request.lanes),
    slotOfProcessor: slots(reply.request.processors),
    summary,
  };
}

function slots(lanes: Int32Array): Map<number, number> {
  const slotOf = new Map<number, number>();
  for (const [slot, lane] of lanes.entries()) slotOf.set(lane, slot);
  return slotOf;
}

/** Answers the page's questions about spans and areas; see context-protocol.ts. */
import { STATES } from '../../../src/format/event-columns.ts';
import type { Recording } from '../../../src/format/recording.ts';
import { areaFacts } from './area-facts.ts';
import type { ContextReply, ContextRequest } from './context-protocol.ts';
import type { LanesWithSpans } from './lanes-with-spans.ts';
import { spanAround } from './span-around.ts';
import { spanDetails } from './span-details.ts';
import { causeOf, effectOf } from './wakeups.ts';

const DEAD = STATES.indexOf('dead');

/**
 * @param lanes - of which the answer is made; `openEndNs`: where spans that have not ended end
 * @throws what the recording's source throws, e.g. when the server is gone
 */
export async function answerContext(
  request: ContextRequest,
  recording: Recording,
  { builder, openEndNs }: { builder: LanesWithSpans; openEndNs: number },
): Promise<ContextReply> {
  const { type, id } = request;
  if (type === 'area') {
    const { startNs, endNs, lanes } = request;
    return { type, id, reply: areaFacts(builder, startNs, endNs, lanes, openEndNs) };
  }
  const { lane, timeNs } = request;
  if (lane < 0 || lane >= builder.spans.laneCount) return { type, id, reply: undefined };
  if (type === 'around') {
    return { type, id, reply: spanAround(builder, lane, timeNs, openEndNs) };
  }
  if (type === 'chain') {
    const isBack = request.direction === -1;
    const wake = isBack ? causeOf(builder, lane, timeNs) : effectOf(builder, lane, timeNs);
    const reply = wake && {
      lane: isBack ? wake.fromLane : wake.toLane,
      timeNs: wake.timeNs,
    };
    return { type, id, reply };
  }
  const { spans } = builder;
  const first = spans.laneOffset[lane]!;
  let span = spans.at(lane, timeNs);
  if (span < 0) return { type, id, reply: undefined };
  if (spans.state[span] === DEAD && span > first) span--;
  const reply = await spanDetails(recording, {
    lane,
    pid: builder.pid[lane]!,
    goid: builder.goid[lane]!,
    startNs: spans.startNs[span]!,
    endNs: spans.endNs(lane, span, openEndNs),
    isOlder: span === first && builder.createdNs[lane]! < 0,
  });
  return { type, id, reply };
}

/** What the tooltip says of the place under the pointer. */
import { STATES } from '../../../src/format/event-columns.ts';
import { counterFacts } from '../counters/counter-facts.ts';
import type { Counter } from '../counters/counters.ts';
import { countOf, formatCount } from '../format/format-count.ts';
import { formatDuration } from '../format/format-duration.ts';
import { formatTime } from '../format/format-time.ts';
import type { LaneFrame } from '../session/lane-frame.ts';
import { placeWords, whoIsBehind } from '../dock/state-words.ts';
import { kinWords } from '../dock/kin-words.ts';
import { formatBytes } from '../format/format-bytes.ts';
import type { Stretches } from '../transport/play-axis.ts';
import type { SpanAround, SpanDetails } from '../worker/context-protocol.ts';
import type { SpanFacts, Summary } from '../worker/protocol.ts';
import { markAt } from './hit-test.ts';
import { functionOf } from './lane-groups.ts';
import { firstEndingAfter } from './intervals.ts';
import {
  ROW_COLLECTOR,
  ROW_COUNTER,
  ROW_GOROUTINE,
  ROW_PROCESSOR,
  type RowLayout,
} from './row-layout.ts';

export interface TooltipFacts {
  title: string;
  rows: [name: string, value: string][];
  /** Of a single span of a goroutine: where to ask for more. */
  span?: { lane: number; startNs: number };
}

/** What only the worker knows of a single span, to be added when it has answered. */
export function moreFacts(span: SpanFacts): TooltipFacts['rows'] {
  const behind = whoIsBehind(span);
  const rows: TooltipFacts['rows'] = [['on', placeWords(span)]];
  if (behind !== undefined) rows.push([behind.label, `g${behind.goid}`]);
  return rows;
}

/** What is around it, and what had to be read for it; a tooltip has room for the main of it. */
export function contextFacts(
  span: SpanFacts,
  around: SpanAround | undefined,
  details: SpanDetails | undefined,
): TooltipFacts['rows'] {
  const rows: TooltipFacts['rows'] = [];
  const kin = around && kinWords(around.kin, span.endNs - span.startNs);
  if (kin !== undefined) rows.push(['of its kind', kin]);
  if (around !== undefined && around.wakeCount > 0) {
    rows.push(['woke or started', countOf(around.wakeCount, 'goroutine')]);
  }
  for (const [depth, { name, file, line }] of (details?.stack ?? []).slice(0, 3).entries()) {
    const place = file === '' ? '' : ` ${file.split('/').at(-1)}:${line}`;
    rows.push([depth === 0 ? 'at' : ' '.repeat(depth), `${name}${place}`]);
  }
  for (const { key, value } of details?.labels.slice(0, 3) ?? []) rows.push([key, value]);
  const allocations = details?.allocations;
  if (allocations !== undefined && allocations.count > 0) {
    const { count, bytes } = allocations;
    rows.push(['allocated', `${formatBytes(bytes)} in ${countOf(count, 'object')}`]);
  }
  return rows;
}

/** Where a goroutine was created; no row when that is not known. */
export function creationFacts(
  lane: number,
  summary: Summary,
  sites: readonly { site: number; func: number; file: string; line: number }[],
): TooltipFacts['rows'] {
  const site = sites.find((each) => each.site === summary.site[lane]);
  if (site === undefined) return [];
  const name = summary.functions[site.func] ?? '';
  return [['created in', `${name} ${site.file.split('/').at(-1)}:${site.line}`]];
}

/** What else a tooltip may be about. */
export interface TooltipMore {
  counters: readonly Counter[];
  sweeps: Stretches;
  /** The time of a pixel, of which a counter tells the most. */
  nsPerPx: number;
  windowSpanNs: number;
}

/**
 * Facts for a row and a time.
 *
 * @param row - -1 for none
 * @param slackNs - how far away a mark may be
 * @returns undefined where there is nothing
 */
export function tooltipAt(
  layout: RowLayout,
  row: number,
  timeNs: number,
  slackNs: number,
  frame: LaneFrame,
  summary: Summary,
  { counters, sweeps, nsPerPx, windowSpanNs }: TooltipMore,
): TooltipFacts | undefined {
  if (row < 0) return undefined;
  const index = layout.index[row]!;
  const loss = lossAt(summary, timeNs);
  switch (layout.kind[row]) {
    case ROW_GOROUTINE:
      return withLoss(goroutineFacts(index, timeNs, slackNs, frame, summary), loss);
    case ROW_PROCESSOR:
      return processorFacts(index, timeNs, slackNs, frame, summary);
    case ROW_COLLECTOR:
      return collectorFacts(timeNs, slackNs, summary, sweeps);
    case ROW_COUNTER: {
      const counter = counters[index];
      return counter && withLoss(counterFacts(counter, timeNs, nsPerPx, windowSpanNs), loss);
    }
    default:
      return undefined;
  }
}

function goroutineFacts(
  lane: number,
  timeNs: number,
  slackNs: number,
  frame: LaneFrame,
  summary: Summary,
): TooltipFacts | undefined {
  const slot = frame.slotOfLane.get(lane);
  if (slot === undefined) return undefined;
  const { marks } = frame.reply;
  const mark = markAt(marks, slot, timeNs, slackNs);
  if (mark < 0) return undefined;
  const startNs = marks.startNs[mark]!;
  const lengthNs = marks.endNs[mark]! - startNs;
  const state = STATES[marks.state[mark]!] ?? '';
  const reason = summary.waitReasons[marks.reason[mark]!] ?? '';
  const count = marks.count[mark]!;
  const parent = summary.parentGoid[lane]!;
  const goid = summary.goid[lane]!;
  const rows: TooltipFacts['rows'] = [
    ['goroutine', `g${goid}${parent === 0 ? '' : `, started by g${parent}`}`],
    ['start', functionOf(summary, lane)],
    ['from', formatTime(startNs)],
    [
      count === 1 ? 'duration' : 'together',
      (marks.endNs[mark] === frame.reply.cutNs ? 'at least ' : '') + formatDuration(lengthNs),
    ],
  ];
  if (count > 1) {
    rows.push(['longest', formatDuration(marks.longestNs[mark]!)]);
    return { title: `${formatCount(count)} spans, mostly ${state}`, rows };
  }
  const title = reason === '' || state !== 'waiting' ? state : `${state} · ${reason}`;
  return { title, rows, span: { lane, startNs } };
}

function processorFacts(
  lane: number,
  timeNs: number,
  slackNs: number,
  frame: LaneFrame,
  summary: Summary,
): TooltipFacts | undefined {
  const slot = frame.slotOfProcessor.get(lane);
  if (slot === undefined) return undefined;
  const marks = frame.reply.processorMarks;
  const mark = markAt(marks, slot, timeNs, slackNs);
  if (mark < 0) return undefined;
  const count = marks.count[mark]!;
  const name = `P${summary.processors[lane]!}`;
  const lengthNs = marks.endNs[mark]! - marks.startNs[mark]!;
  if (count > 1) {
    return {
      title: `${name} runs ${formatCount(count)} spans`,
      rows: [['together', formatDuration(lengthNs)]],
    };
  }
  const goid = marks.goid[mark]!;
  const goroutine = summary.goid.indexOf(goid);
  return {
    title: `${name} runs g${goid}`,
    rows: [
      ['start', goroutine < 0 ? 'unknown' : functionOf(summary, goroutine)],
      ['from', formatTime(marks.startNs[mark]!)],
      ['duration', formatDuration(lengthNs)],
    ],
  };
}

function collectorFacts(
  timeNs: number,
  slackNs: number,
  summary: Summary,
  sweeps: Stretches,
): TooltipFacts | undefined {
  const stop = intervalAt(summary.stops, timeNs, slackNs);
  const cycle = intervalAt(summary.cycles, timeNs, slackNs);
  const found = stop >= 0 ? summary.stops : summary.cycles;
  const at = stop >= 0 ? stop : cycle;
  if (at < 0) return sweepFacts(timeNs, slackNs, sweeps);
  const isOpen = found.endNs[at] === Infinity;
  const endNs = isOpen ? summary.loadedNs : found.endNs[at]!;
  return {
    title:
      stop >= 0
        ? `world stopped · ${summary.kinds[found.kind[at]!] ?? ''}`
        : `GC cycle ${at + 1}: concurrent mark`,
    rows: [
      ['from', formatTime(found.startNs[at]!)],
      ['duration', `${formatDuration(endNs - found.startNs[at]!)}${isOpen ? ' so far' : ''}`],
    ],
  };
}

function sweepFacts(timeNs: number, slackNs: number, sweeps: Stretches): TooltipFacts | undefined {
  const at = intervalAt(sweeps, timeNs, slackNs);
  if (at < 0) return undefined;
  const [startNs, endNs] = [sweeps.startNs[at]!, sweeps.endNs[at]!];
  const rows: TooltipFacts['rows'] = [
    ['from', formatTime(startNs)],
    ['duration', formatDuration(endNs - startNs)],
  ];
  return { title: 'sweeping', rows };
}

function intervalAt(intervals: Stretches, timeNs: number, slackNs: number): number {
  const at = firstEndingAfter(intervals.endNs, timeNs - slackNs);
  return at < intervals.startNs.length && intervals.startNs[at]! <= timeNs + slackNs ? at : -1;
}

function lossAt(summary: Summary, timeNs: number): string | undefined {
  const loss = summary.losses.find(({ startNs, endNs }) => timeNs >= startNs && timeNs <= endNs);
  return loss && `${formatCount(loss.total)} events around here: durations may be wrong`;
}

function withLoss(
  facts: TooltipFacts | undefined,
  loss: string | undefined,
): TooltipFacts | undefined {
  if (loss === undefined) return facts;
  const rows: TooltipFacts['rows'] = [...(facts?.rows ?? []), ['lost', loss]];
  return { title: 'lost events', ...facts, rows };
}

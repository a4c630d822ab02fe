/** What the gutter says of each visible row: plain values for the few rows on screen. */
import { scaleOf, valueAt } from '../counters/counter-value.ts';
import type { Counter } from '../counters/counters.ts';
import { formatCounter } from '../counters/format-counter.ts';
import { STATES } from '../../../src/format/event-columns.ts';
import type { LaneFrame } from '../session/lane-frame.ts';
import type { LaneMarks } from '../worker/lane-window.ts';
import type { Summary } from '../worker/protocol.ts';
import { markAt } from './hit-test.ts';
import { functionOf } from './lane-groups.ts';
import { tokenOfReason, tokenOfState, type Token } from './palette.ts';
import {
  ROW_COLLECTOR,
  ROW_COUNTER,
  ROW_GOROUTINE,
  ROW_GROUP,
  ROW_PROCESSOR,
  type GroupHeader,
  type RowLayout,
} from './row-layout.ts';

/** What identifies a group's header among all rows. */
export function headerKey(groupKey: string): string {
  return `header ${groupKey}`;
}

/** What identifies a row among all rows, whatever stands above it. */
export function rowKey(layout: RowLayout, row: number, summary: Summary): string {
  const index = layout.index[row]!;
  switch (layout.kind[row]) {
    case ROW_GROUP:
      return headerKey(layout.headers[index]!.key);
    case ROW_COLLECTOR:
      return 'GC';
    case ROW_COUNTER:
      return `counter ${index}`;
    case ROW_PROCESSOR:
      return `${processPrefix(summary, summary.processorPids[index]!)}P${summary.processors[index]!}`;
    default:
      return `${processPrefix(summary, summary.pid[index]!)}g${summary.goid[index]!}`;
  }
}

/** The dot's shape: states are told apart without their colours. */
export type DotShape = 'block' | 'hatch' | 'diamond' | 'line' | 'ring';

export interface RowView {
  /** Identifies the row among all rows. */
  key: string;
  topPx: number;
  /** Its row in the layout, and how deep it stands in its group. */
  row: number;
  depth: number;
  header: GroupHeader | undefined;
  /** Of a goroutine; -1 otherwise. */
  lane: number;
  /** `g12`, `P3`, `GC`; empty for a header. */
  id: string;
  text: string;
  /** State at the playhead, as a colour, a shape and in words. */
  dot: Token;
  shape: DotShape;
  stateText: string;
  counter: CounterView | undefined;
  /** The same for who does not see it: what the row is of, and what that does. */
  spokenId: string;
  spokenState: string;
  /** How long it has done so at the playhead, ns; undefined when that is not known. */
  forNs: number | undefined;
}

/** A counter's value at the playhead, and the highest in the window, with units. */
export interface CounterView {
  key: string;
  value: number;
  valueText: string;
  most: number;
  mostText: string;
  limitText: string | undefined;
}

/** Counters, and the window of which the highest value is told. */
export interface ShownCounters {
  counters: readonly Counter[];
  startNs: number;
  spanNs: number;
}

/** The rows [first, end) of a layout, as they are at the playhead. */
export function rowViews(
  layout: RowLayout,
  first: number,
  end: number,
  scrollPx: number,
  playheadNs: number,
  frame: LaneFrame | undefined,
  summary: Summary,
  shown: ShownCounters,
): RowView[] {
  const views: RowView[] = [];
  // At the very end one wants to see the last states, not that nothing comes after them.
  const atNs = Math.min(playheadNs, (frame?.summary.loadedNs ?? 1) - 1);
  for (let row = first; row < end; row++) {
    const index = layout.index[row]!;
    const view: RowView = {
      key: rowKey(layout, row, summary),
      topPx: layout.topPx[row]! - scrollPx,
      row,
      depth: layout.depth[row]!,
      header: undefined,
      lane: -1,
      id: '',
      text: '',
      dot: 'waiting',
      shape: 'line',
      stateText: '',
      spokenId: '',
      spokenState: '',
      forNs: undefined,
      counter: undefined,
    };
    switch (layout.kind[row]) {
      case ROW_GROUP:
        view.header = layout.headers[index]!;
        break;
      case ROW_COLLECTOR:
        view.id = 'GC';
        view.spokenId = 'garbage collector';
        view.text = 'cycles and stops';
        view.dot = 'gc';
        view.shape = 'ring';
        break;
      case ROW_COUNTER:
        fillCounter(view, shown.counters[index], playheadNs, shown);
        break;
      case ROW_PROCESSOR:
        fillProcessor(view, index, atNs, frame, summary);
        break;
      case ROW_GOROUTINE:
        fillGoroutine(view, index, atNs, frame, summary);
        break;
    }
    views.push(view);
  }
  return views;
}

function fillCounter(
  view: RowView,
  counter: Counter | undefined,
  playheadNs: number,
  { startNs, spanNs }: ShownCounters,
): void {
  if (counter === undefined) return;
  const { key, name, what, unit, layers, limit } = counter;
  view.id = name;
  view.text = what;
  view.dot = layers.length > 1 ? 'muted' : layers[0]!.token;
  const value = valueAt(counter, playheadNs, spanNs);
  const most = scaleOf(counter, startNs, spanNs);
  view.spokenId = `counter ${name}`;
  view.spokenState = formatCounter(value, unit);
  view.counter = {
    key,
    value,
    valueText: formatCounter(value, unit),
    most,
    mostText: formatCounter(most, unit),
    limitText: limit && `${limit.name} ${formatCounter(limit.curve.valueAt(playheadNs), unit)}`,
  };
}

function fillProcessor(
  view: RowView,
  lane: number,
  playheadNs: number,
  frame: LaneFrame | undefined,
  summary: Summary,
): void {
  view.id = view.key;
  view.text = view.stateText = view.spokenState = 'idle';
  view.spokenId = `processor ${summary.processors[lane]!}${ofProcess(summary, summary.processorPids[lane]!)}`;
  const marks = frame?.reply.processorMarks;
  const mark = at(marks, frame?.slotOfProcessor.get(lane), playheadNs);
  if (marks === undefined || mark < 0) return;
  const goid = marks.goid[mark]!;
  const goroutine = goroutineLane(summary, goid, summary.processorPids[lane]!);
  view.dot = 'running';
  view.shape = 'block';
  view.text = `g${goid}${goroutine < 0 ? '' : ` ${functionOf(summary, goroutine)}`}`;
  view.stateText = 'running';
  view.spokenState = `running goroutine ${goid}`;
}

function fillGoroutine(
  view: RowView,
  lane: number,
  playheadNs: number,
  frame: LaneFrame | undefined,
  summary: Summary,
): void {
  view.id = view.key;
  view.lane = lane;
  view.spokenId = `goroutine ${summary.goid[lane]!}${ofProcess(summary, summary.pid[lane]!)}`;
  view.text = functionOf(summary, lane);
  const marks = frame?.reply.marks;
  const mark = at(marks, frame?.slotOfLane.get(lane), playheadNs);
  if (playheadNs < summary.firstNs[lane]!) view.spokenState = 'not there yet';
  else if (playheadNs >= summary.endedNs[lane]!) view.spokenState = 'ended';
  if (marks === undefined || mark < 0) return;
  const state = marks.state[mark]!;
  const reason = summary.waitReasons[marks.reason[mark]!] ?? '';
  const isWaiting = STATES[state] === 'waiting';
  view.shape = SHAPES[STATES[state] ?? ''] ?? 'ring';
  view.dot = isWaiting ? tokenOfReason(reason) : tokenOfState(state);
  view.stateText = isWaiting && reason !== '' ? reason : (STATES[state] ?? '');
  const words = isWaiting && reason !== '' ? `waiting: ${reason}` : (STATES[state] ?? '');
  // Of spans that are drawn as one it is not known which of them this is.
  const isSingle = marks.count[mark] === 1;
  view.spokenState = isSingle ? words : `mostly ${words}`;
  if (isSingle) view.forNs = playheadNs - marks.startNs[mark]!;
}

const SHAPES: Record<string, DotShape> = {
  running: 'block',
  runnable: 'hatch',
  syscall: 'diamond',
  waiting: 'line',
};

/** Of several processes: which, before what is only unique within it. */
function processPrefix({ processCount }: Summary, pid: number): string {
  return processCount > 1 ? `${pid}:` : '';
}

function ofProcess({ processCount }: Summary, pid: number): string {
  return processCount > 1 ? ` of process ${pid}` : '';
}

/** Lane of a process's goroutine; -1 when there is none. */
function goroutineLane(summary: Summary, goid: number, pid: number): number {
  let lane = summary.goid.indexOf(goid);
  while (lane >= 0 && summary.pid[lane] !== pid) lane = summary.goid.indexOf(goid, lane + 1);
  return lane;
}

function at(marks: LaneMarks | undefined, slot: number | undefined, timeNs: number): number {
  return marks === undefined || slot === undefined ? -1 : markAt(marks, slot, timeNs, 0);
}

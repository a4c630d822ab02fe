/**
 * The picture of the visible lanes: a plain function of columns, layout and window.
 *
 * Shapes and sizes by state are those of a lane of 18 px: running and system call are
 * blocks, runnable a hatched bar, waiting a thin double line in its reason's colour. What is
 * text is returned by `paintLanes` as labels and written on top by `writeLabels`.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import type { Counter } from '../counters/counters.ts';
import { paintCounter } from '../counters/paint-counter.ts';
import { formatCount } from '../format/format-count.ts';
import type { Stretches } from '../transport/play-axis.ts';
import type { LaneMarks } from '../worker/lane-window.ts';
import type { LaneFrame } from '../session/lane-frame.ts';
import type { Summary } from '../worker/protocol.ts';
import { firstEndingAfter, firstEndingWithin } from './intervals.ts';
import { paintCollector } from './paint-collector.ts';
import { paintDensity } from './paint-density.ts';
import { mix, tokenOfReason, tokenOfState, type Palette } from './palette.ts';
import type { PixelBuffer } from './pixel-buffer.ts';
import {
  COUNTERS_KEY,
  ROW_COLLECTOR,
  ROW_COUNTER,
  ROW_GOROUTINE,
  ROW_GROUP,
  ROW_PROCESSOR,
  rowHeightPx,
  type RowLayout,
} from './row-layout.ts';

const RUNNING = STATES.indexOf('running');
const RUNNABLE = STATES.indexOf('runnable');
const SYSCALL = STATES.indexOf('syscall');
const WAITING = STATES.indexOf('waiting');

/** Narrower than this nothing is written into a mark, CSS pixels. */
const LABEL_PX = 64;
const SHORT_LABEL_PX = 34;

/** Everything a picture depends on. */
export interface LaneScene {
  palette: Palette;
  layout: RowLayout;
  /** Rows to paint: [first, end). */
  firstRow: number;
  endRow: number;
  scrollPx: number;
  startNs: number;
  spanNs: number;
  /** Labelled ticks of the ruler, drawn as grid lines. */
  gridNs: readonly number[];
  frame: LaneFrame | undefined;
  summary: Summary;
  counters: readonly Counter[];
  /** After cycles of the collector. */
  sweeps: Stretches;
  /** -1 none. */
  selectedLane: number;
  /** Device pixels for a CSS pixel. */
  scale: number;
}

/** Text to be written over the pixels; CSS pixels. */
export interface Label {
  text: string;
  x: number;
  y: number;
  widthPx: number;
  tone: 'muted' | 'text' | 'on-block';
}

/** How a part of the picture finds its place. */
export interface LaneWriter {
  /** Device pixel of a time, not far outside of the picture. */
  x: (timeNs: number) => number;
  /** Something to be written: `x` in device pixels, all else in CSS pixels. */
  label: (text: string, x: number, yPx: number, widthPx: number, tone: Label['tone']) => void;
}

/** Paint into the buffer; returns what is to be written on top. */
export function paintLanes(buffer: PixelBuffer, scene: LaneScene): Label[] {
  return new LanePainter(buffer, scene).paint();
}

class LanePainter {
  readonly #buffer: PixelBuffer;
  readonly #scene: LaneScene;
  readonly #labels: Label[] = [];
  readonly #pxPerNs: number;
  readonly #stateColors: Uint32Array;
  readonly #runnableGround: number;
  readonly #reasonColors: Uint32Array;

  /** For what is painted elsewhere: where times are, and what is to be written. */
  readonly #writer: LaneWriter = {
    x: (timeNs) => this.#x(timeNs),
    label: (text, x, yPx, widthPx, tone) => this.#label(text, x, yPx, widthPx, tone),
  };

  constructor(buffer: PixelBuffer, scene: LaneScene) {
    this.#buffer = buffer;
    this.#scene = scene;
    this.#pxPerNs = buffer.width / scene.spanNs;
    const { packed } = scene.palette;
    this.#stateColors = Uint32Array.from(STATES, (_, state) => packed[tokenOfState(state)]);
    this.#runnableGround = mix(packed.bg, packed.runnable, 0.25);
    this.#reasonColors = Uint32Array.from(
      scene.summary.waitReasons,
      (reason) => packed[tokenOfReason(reason)],
    );
  }

  paint(): Label[] {
    const { layout, scrollPx, firstRow, endRow, scale, palette, selectedLane } = this.#scene;
    const { packed } = palette;
    this.#buffer.clear(packed.bg);
    for (let row = firstRow; row < endRow; row++) {
      const yPx = layout.topPx[row]! - scrollPx;
      const y = Math.round(yPx * scale);
      const kind = layout.kind[row]!;
      const index = layout.index[row]!;
      const bottom = y + Math.round(rowHeightPx(layout, row) * scale);
      const isSelected = kind === ROW_GOROUTINE && index === selectedLane;
      const ground =
        kind === ROW_GROUP
          ? packed.raised
          : isSelected
            ? mix(packed.bg, packed.accent, 0.09)
            : packed.bg;
      this.#ground(y, bottom, ground, kind === ROW_GROUP);
      switch (kind) {
        case ROW_GROUP:
          this.#group(index, y, bottom);
          break;
        case ROW_COLLECTOR:
          paintCollector(this.#buffer, this.#scene, y, yPx, this.#writer);
          break;
        case ROW_PROCESSOR:
          this.#processor(index, y, yPx);
          break;
        case ROW_COUNTER:
          this.#counter(index, y, bottom, ground);
          break;
        default:
          this.#goroutine(index, y, yPx);
      }
      if (kind !== ROW_GROUP || !layout.headers[index]!.isOpen) this.#losses(y, bottom);
      if (kind === ROW_GOROUTINE || kind === ROW_PROCESSOR) this.#unread(y, bottom);
    }
    this.#unreadNote();
    return this.#labels;
  }

  /** Device pixel of a time. */
  #x(timeNs: number): number {
    const x = Math.round((timeNs - this.#scene.startNs) * this.#pxPerNs);
    // Times far outside would not fit integers of 32 bits.
    return Math.max(-4, Math.min(this.#buffer.width + 4, x));
  }

  #ground(y: number, bottom: number, ground: number, isGroup: boolean): void {
    const { summary, gridNs, palette, startNs, spanNs } = this.#scene;
    const { packed } = palette;
    const { width } = this.#buffer;
    this.#buffer.fill(0, y, width, bottom, ground);
    const tint = mix(ground, packed.gc, 0.07);
    const { startNs: begins, endNs: ends } = summary.cycles;
    if (!isGroup) {
      for (let i = firstEndingAfter(ends, startNs); i < begins.length; i++) {
        if (begins[i]! > startNs + spanNs) break;
        this.#buffer.fill(this.#x(begins[i]!), y, this.#x(ends[i]!), bottom, tint);
      }
      const line = mix(ground, packed.line, 0.8);
      for (const timeNs of gridNs) {
        const x = this.#x(timeNs);
        this.#buffer.fill(x, y, x + 1, bottom, line);
      }
    } else {
      this.#buffer.fill(0, y, width, y + 1, packed.line);
    }
  }

  #goroutine(lane: number, y: number, yPx: number): void {
    const { frame } = this.#scene;
    const slot = frame?.slotOfLane.get(lane);
    if (frame === undefined || slot === undefined) return;
    this.#marks(frame.reply.marks, slot, y, yPx, false);
  }

  #processor(lane: number, y: number, yPx: number): void {
    const { frame } = this.#scene;
    const slot = frame?.slotOfProcessor.get(lane);
    if (frame === undefined || slot === undefined) return;
    this.#marks(frame.reply.processorMarks, slot, y, yPx, true);
  }

  #marks(marks: LaneMarks, slot: number, y: number, yPx: number, isProcessor: boolean): void {
    const { scale, startNs, spanNs, summary } = this.#scene;
    const { startNs: starts, endNs: ends, state: states, reason: reasons, count, goid } = marks;
    const { activeState, activeShare } = marks;
    const buffer = this.#buffer;
    const endNs = startNs + spanNs;
    const at3 = y + Math.round(3 * scale);
    const at5 = y + Math.round(5 * scale);
    const at8 = y + Math.round(8 * scale);
    const at10 = y + Math.round(10 * scale);
    const at12 = y + Math.round(12 * scale);
    const at13 = y + Math.round(13 * scale);
    const at15 = y + Math.round(15 * scale);
    const period = Math.round(6 * scale);
    const stripe = Math.round(2 * scale);
    const end = marks.laneFirst[slot + 1]!;
    for (let i = firstEndingWithin(ends, marks.laneFirst[slot]!, end, startNs); i < end; i++) {
      const markStartNs = starts[i]!;
      if (markStartNs > endNs) break;
      const x0 = this.#x(markStartNs);
      let x1 = this.#x(ends[i]!);
      // A gap of one pixel between neighbours keeps them apart, where there is room.
      if (x1 - x0 > 4) x1 -= 1;
      else if (x1 <= x0) x1 = x0 + 1;
      const state = states[i]!;
      const widthPx = (x1 - Math.max(0, x0)) / scale;
      if (count[i]! > 1) {
        // Spans too short to be told apart: how much of the time was active is the height.
        const hasWaited = activeShare[i]! < 255 && !isProcessor;
        if (hasWaited) {
          buffer.fill(x0, at8, x1, at10, this.#stateColors[WAITING]!);
          buffer.fill(x0, at10, x1, at12, this.#reasonColors[reasons[i]!] ?? 0xff808080);
        }
        const active = activeState[i]!;
        if (active === 0) continue;
        const most = active === RUNNABLE ? 4 : 6;
        const half = Math.max(1, Math.round((scale * most * activeShare[i]!) / 255));
        const middle = at3 + Math.round(6 * scale);
        if (active === RUNNABLE) {
          const [top, bottom] = [middle - half, middle + half];
          buffer.hatch(
            x0,
            top,
            x1,
            bottom,
            this.#stateColors[RUNNABLE]!,
            this.#runnableGround,
            period,
            stripe,
          );
        } else {
          buffer.fill(x0, middle - half, x1, middle + half, this.#stateColors[active]!);
        }
      } else if (state === WAITING) {
        buffer.fill(x0, at8, x1, at10, this.#stateColors[WAITING]!);
        buffer.fill(x0, at10, x1, at12, this.#reasonColors[reasons[i]!] ?? 0xff808080);
        if (widthPx > LABEL_PX) {
          this.#label(summary.waitReasons[reasons[i]!] ?? '', x0, yPx + 7.5, widthPx, 'muted');
        }
      } else if (state === RUNNABLE) {
        buffer.hatch(
          x0,
          at5,
          x1,
          at13,
          this.#stateColors[RUNNABLE]!,
          this.#runnableGround,
          period,
          stripe,
        );
      } else {
        buffer.fill(x0, at3, x1, at15, this.#stateColors[state]!);
        if (isProcessor && widthPx > SHORT_LABEL_PX) {
          const name = `g${goid[i]!}`;
          this.#label(name, x0, yPx + 12.5, widthPx, 'on-block');
        } else if (state === SYSCALL && widthPx > LABEL_PX) {
          this.#label('system call', x0, yPx + 12.5, widthPx, 'on-block');
        } else if (state !== RUNNING && state !== SYSCALL && widthPx > LABEL_PX) {
          this.#label(STATES[state] ?? '', x0, yPx + 12.5, widthPx, 'on-block');
        }
      }
    }
  }

  #counter(index: number, y: number, bottom: number, ground: number): void {
    const { counters, palette, startNs, spanNs, scale } = this.#scene;
    const counter = counters[index];
    if (counter === undefined) return;
    const top = y + Math.round(3 * scale);
    const room = { bottom: bottom - Math.round(2 * scale), top, startNs, spanNs, ground, scale };
    paintCounter(this.#buffer, counter, room, palette);
  }

  /** A closed group: goroutines by state, stacked; an open one shows nothing in its header. */
  #group(header: number, y: number, bottom: number): void {
    const { layout, frame, palette } = this.#scene;
    const { packed } = palette;
    const shown = layout.headers[header]!;
    if (shown.key === COUNTERS_KEY && !shown.isOpen) this.#counter(0, y, bottom, packed.raised);
    if (shown.isOpen || shown.group === undefined) return;
    const density = frame?.reply.densities.get(shown.key);
    if (density === undefined) return;
    const colors = this.#stateColors.slice();
    colors[WAITING] = mix(packed.raised, packed.waiting, 0.7);
    const roomPx = bottom - y - Math.round(5 * this.#scene.scale);
    paintDensity(this.#buffer, density, (timeNs) => this.#x(timeNs), bottom - 1, roomPx, colors);
  }

  #losses(y: number, bottom: number): void {
    const { summary, palette, startNs, spanNs, scale } = this.#scene;
    const color = mix(palette.packed.bg, palette.packed.lost, 0.3);
    for (const loss of summary.losses) {
      if (loss.endNs < startNs || loss.startNs > startNs + spanNs) continue;
      const x0 = this.#x(loss.startNs);
      const x1 = Math.max(x0 + 2, this.#x(loss.endNs));
      this.#buffer.crossHatch(x0, y, x1, bottom, color, Math.round(9 * scale));
    }
  }

  /** Nothing was read here: what is drawn is only how it was before. */
  #unread(y: number, bottom: number): void {
    const { frame, palette, startNs, spanNs, scale } = this.#scene;
    const unread = frame?.reply.unread;
    if (unread === undefined) return;
    const { packed } = palette;
    for (let i = 0; i < unread.length; i++) {
      const { startNs: fromNs, endNs: toNs } = unread[i]!;
      if (toNs < startNs || fromNs > startNs + spanNs) continue;
      const x0 = this.#x(fromNs);
      const x1 = Math.max(x0 + 1, this.#x(toNs));
      const [period, stripe] = [Math.round(8 * scale), Math.round(5 * scale)];
      this.#buffer.stripes(x0, y, x1, bottom, packed.bg, period, stripe);
    }
  }

  /** How much is not read, once, over the topmost rows. */
  #unreadNote(): void {
    const { frame, startNs, spanNs, scale } = this.#scene;
    for (const part of frame?.reply.unread ?? []) {
      if (part.endNs < startNs || part.startNs > startNs + spanNs) continue;
      const x0 = Math.max(0, this.#x(part.startNs));
      const widthPx = (this.#x(part.endNs) - x0) / scale;
      if (widthPx < 140) continue;
      this.#label(`${formatCount(part.eventCount)} events not read yet`, x0, 14, widthPx, 'text');
    }
  }

  #label(text: string, x: number, yPx: number, widthPx: number, tone: Label['tone']): void {
    if (text === '') return;
    const { scale } = this.#scene;
    this.#labels.push({ text, x: Math.max(0, x) / scale + 4, y: yPx, widthPx: widthPx - 6, tone });
  }
}

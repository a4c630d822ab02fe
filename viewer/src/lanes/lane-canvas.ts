/**
 * A canvas that shows the newest scene it was given, painted once a frame at most. What was
 * drawn last stands in its data attributes: events, and how long after the worker told of them.
 */
import { paintLanes, type LaneScene } from './paint-lanes.ts';
import { PixelBuffer } from './pixel-buffer.ts';
import { writeLabels } from './write-labels.ts';

export class LaneCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #buffer: PixelBuffer | undefined;
  #next: { scene: LaneScene; widthPx: number; heightPx: number } | undefined;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false });
  }

  /** Paint a scene with the next frame, instead of any other not yet painted. */
  show(scene: LaneScene, widthPx: number, heightPx: number): void {
    this.#next = { scene, widthPx, heightPx };
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
  }

  #paint(): void {
    this.#frame = 0;
    if (this.#next === undefined || this.#context === null) return;
    const { scene, widthPx, heightPx } = this.#next;
    const { scale } = scene;
    const width = Math.max(1, Math.round(widthPx * scale));
    const height = Math.max(1, Math.round(heightPx * scale));
    if (this.#buffer?.width !== width || this.#buffer.height !== height) {
      this.#buffer = new PixelBuffer(width, height);
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    const labels = paintLanes(this.#buffer, scene);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(this.#buffer.image, 0, 0);
    context.scale(scale, scale);
    writeLabels(context, labels, scene.palette);
    if (scene.frame === undefined) return;
    const { madeAtMs, eventCount, loadedNs } = scene.frame.summary;
    const { request, isCoarse } = scene.frame.reply;
    const { dataset } = this.#canvas;
    dataset['drawnStartNs'] = String(request.startNs);
    dataset['drawnIsCoarse'] = String(isCoarse ?? false);
    dataset['drawnEventCount'] = String(eventCount);
    dataset['drawnLoadedNs'] = String(loadedNs);
    dataset['drawnAfterMs'] = (performance.timeOrigin + performance.now() - madeAtMs).toFixed(1);
  }
}

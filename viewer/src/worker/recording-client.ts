/** The page's end of the worker: messages as calls and callbacks. */
import type { AreaFacts, SpanAround, SpanDetails } from './context-protocol.ts';
import type {
  FromWorker,
  Opened,
  Parts,
  SourceRequest,
  SpanReply,
  Summary,
  ToWorker,
  WindowReply,
  WindowRequest,
} from './protocol.ts';
import type { LaneStates } from './lane-states.ts';
import type { Series } from './series.ts';

// Within the page's own script: a worker of its own URL could not be started from file://,
// nor for a dropped file when the server has ended.
import RecordingWorker from './recording-worker.ts?worker&inline';

export interface RecordingEvents {
  onopened: (opened: Opened) => void;
  onsummary: (summary: Summary) => void;
  onparts: (parts: Parts) => void;
  onfailed: (message: string) => void;
}

export class RecordingClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (message: FromWorker) => void>();
  #nextId = 1;

  constructor(source: SourceRequest, events: RecordingEvents) {
    this.#worker = new RecordingWorker();
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      switch (data.type) {
        case 'opened': {
          events.onopened(data.opened);
          return;
        }
        case 'summary': {
          events.onsummary(data.summary);
          return;
        }
        case 'parts': {
          events.onparts(data.parts);
          return;
        }
        case 'failed': {
          events.onfailed(data.message);
          return;
        }
        default:
          this.#waiting.get(data.id)?.(data);
          this.#waiting.delete(data.id);
      }
    };
    this.#worker.onerror = (event) => {
      events.onfailed(event.message === '' ? 'the reader could not be started' : event.message);
    };
    this.#post({ type: 'open', source });
  }

  /** What to draw in a window. */
  window(request: WindowRequest): Promise<WindowReply> {
    return this.#ask((id) => ({ type: 'window', id, request })).then((message) => {
      if (message.type !== 'window') throw new Error('not an answer to this question');
      return message.reply;
    });
  }

  /** The span of a goroutine at a time; undefined when there is none. */
  span(lane: number, timeNs: number): Promise<SpanReply | undefined> {
    return this.#ask((id) => ({ type: 'span', id, lane, timeNs })).then((message) =>
      message.type === 'span' ? message.reply : undefined,
    );
  }

  /** Time of the next or previous event; undefined when there is none. */
  step(lane: number, timeNs: number, direction: 1 | -1): Promise<number | undefined> {
    return this.#ask((id) => ({ type: 'step', id, lane, timeNs, direction })).then((message) =>
      message.type === 'step' ? message.timeNs : undefined,
    );
  }

  /** What the other goroutines have to do with the span of a goroutine at a time. */
  around(lane: number, timeNs: number): Promise<SpanAround | undefined> {
    return this.#ask((id) => ({ type: 'around', id, lane, timeNs })).then((message) =>
      message.type === 'around' ? message.reply : undefined,
    );
  }

  /** What has to be read for it; undefined also when it cannot be read. */
  details(lane: number, timeNs: number): Promise<SpanDetails | undefined> {
    return this.#ask((id) => ({ type: 'details', id, lane, timeNs })).then((message) =>
      message.type === 'details' ? message.reply : undefined,
    );
  }

  /** The goroutine before (-1) or after (1) the span in the chain of wakers, and when. */
  chain(
    lane: number,
    timeNs: number,
    direction: 1 | -1,
  ): Promise<{ lane: number; timeNs: number } | undefined> {
    return this.#ask((id) => ({ type: 'chain', id, lane, timeNs, direction })).then((message) =>
      message.type === 'chain' ? message.reply : undefined,
    );
  }

  /** What happened in a stretch of time, in some lanes or all. */
  area(startNs: number, endNs: number, lanes?: Int32Array): Promise<AreaFacts | undefined> {
    return this.#ask((id) => ({ type: 'area', id, startNs, endNs, lanes })).then((message) =>
      message.type === 'area' ? message.reply : undefined,
    );
  }

  /** The state of all goroutines at a time; undefined before anything was read. */
  states(timeNs: number): Promise<LaneStates | undefined> {
    return this.#ask((id) => ({ type: 'states', id, timeNs })).then((message) =>
      message.type === 'states' ? message.reply : undefined,
    );
  }

  /** All that lanes are not made of, as far as the recording goes now; undefined: unreadable. */
  series(): Promise<Series | undefined> {
    return this.#ask((id) => ({ type: 'series', id })).then((message) =>
      message.type === 'series' ? message.reply : undefined,
    );
  }

  close(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }

  #ask(message: (id: number) => ToWorker): Promise<FromWorker> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#post(message(id));
    });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

/**
 * The names of several recordings as those of one: functions, types, places in the code, stacks.
 *
 * A dictionary holds a string once, so that a name of two recordings has one number. Places are
 * the same when all that is said of them is, the address too: other builds have other sites.
 */
import type { RecordingWriter } from './recording-writer.ts';
import type {
  FrameRow,
  FunctionRow,
  Recording,
  SiteRow,
  StackColumns,
  TypeRow,
} from './recording.ts';

/** Numbers of one recording in the merged one; what is not in a map is 0. */
export interface NewNumbers {
  func: Int32Array;
  type: Int32Array;
  site: ReadonlyMap<number, number>;
  stack: ReadonlyMap<number, number>;
}

export class MergedNames {
  readonly #writer: RecordingWriter;
  readonly #functions = new Map<number, FunctionRow>();
  readonly #types = new Map<number, TypeRow>();
  readonly #sites = new Map<string, SiteRow>();
  readonly #frames = new Map<string, FrameRow>();
  /** Number by parent and frame. */
  readonly #stacks = new Map<string, number>();
  readonly #newStacks: { parent: number; frame: number }[] = [];

  /** @param writer - its names are given numbers */
  constructor(writer: RecordingWriter) {
    this.#writer = writer;
  }

  /** Take in all names of a recording. */
  add(recording: Recording): NewNumbers {
    const { dictionaries } = recording;
    const func = Int32Array.from(dictionaries.func, (name) => this.#writer.nameIndex('func', name));
    const type = Int32Array.from(dictionaries.type, (name) => this.#writer.nameIndex('type', name));
    for (const row of recording.functions) this.#addFunction({ ...row, func: func[row.func] ?? 0 });
    for (const row of recording.types) {
      const number = type[row.type] ?? 0;
      if (!this.#types.has(number)) this.#types.set(number, { ...row, type: number });
    }
    const site = new Map(
      recording.sites.map((row) => [
        row.site,
        this.#addSite({ ...row, func: func[row.func] ?? 0 }),
      ]),
    );
    const frame = new Map(
      recording.frames.map((row) => [
        row.frame,
        this.#addFrame({ ...row, func: func[row.func] ?? 0 }),
      ]),
    );
    return { func, type, site, stack: this.#addStacks(recording.stacks, frame) };
  }

  /** All parts of names; to be written before the first row that uses one. */
  parts(): Uint8Array[] {
    const writer = this.#writer;
    const stacks = this.#newStacks;
    return [
      ...writer.flushNames(),
      ...writer.part(
        'functions',
        [...this.#functions.values()].sort((a, b) => a.func - b.func),
      ),
      ...writer.part('sites', [...this.#sites.values()]),
      ...writer.part('frames', [...this.#frames.values()]),
      ...writer.part(
        'types',
        [...this.#types.values()].sort((a, b) => a.type - b.type),
      ),
      ...writer.stacks({
        count: stacks.length,
        stack: Int32Array.from(stacks, (_, row) => row + 1),
        parent: Int32Array.from(stacks, ({ parent }) => parent),
        frame: Int32Array.from(stacks, ({ frame }) => frame),
      }),
    ];
  }

  /** One that lies elsewhere in another executable has no address. */
  #addFunction(row: FunctionRow): void {
    const known = this.#functions.get(row.func);
    if (known === undefined) this.#functions.set(row.func, row);
    else if (known.entry !== row.entry) known.entry = 0n;
  }

  #addSite(row: SiteRow): number {
    const key = `${row.pc} ${row.func} ${row.line} ${row.file}`;
    const known = this.#sites.get(key);
    if (known !== undefined) return known.site;
    const site = this.#sites.size + 1;
    this.#sites.set(key, { ...row, site });
    return site;
  }

  #addFrame(row: FrameRow): number {
    const key = `${row.func} ${row.line} ${row.inlined} ${row.file}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known.frame;
    const frame = this.#frames.size + 1;
    this.#frames.set(key, { ...row, frame });
    return frame;
  }

  #addStacks(stacks: StackColumns, frames: ReadonlyMap<number, number>): Map<number, number> {
    const numbers = new Map<number, number>();
    // A parent is before its children.
    for (let row = 0; row < stacks.count; row++) {
      const parent = numbers.get(stacks.parent[row]!) ?? 0;
      const frame = frames.get(stacks.frame[row]!) ?? 0;
      const key = `${parent} ${frame}`;
      let number = this.#stacks.get(key);
      if (number === undefined) {
        this.#newStacks.push({ parent, frame });
        this.#stacks.set(key, (number = this.#newStacks.length));
      }
      numbers.set(stacks.stack[row]!, number);
    }
    return numbers;
  }
}

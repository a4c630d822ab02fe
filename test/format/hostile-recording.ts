/** A sound recording in which every name was chosen to do harm to whoever shows it. */
import { EVENTS, MemorySource, RecordingWriter, STATES } from '../../src/format/index.ts';
import type { EventName } from '../../src/format/index.ts';
import { SAMPLE_META, SAMPLE_PROBE } from './sample-recording.ts';
import { eventArrays, type Row } from './sample-program.ts';

/** Names by what is hostile about them. */
export const HOSTILE_NAMES = {
  markup: '<img src=x onerror="document.title=1"><script>alert(1)</script>',
  quotes: `"><style>*{display:none}</style>'`,
  control: 'bell\u0007 null\u0000 escape\u001b[2J line\nbreak',
  bidirectional: 'safe\u202egnp.exe\u2066isolate',
  combining: `z${'\u0301'.repeat(300)}`,
  template: '{@html x}{{constructor}}${x}',
  long: 'megabyte'.repeat(131_072),
  prototype: '__proto__',
  empty: ' ',
} as const;

const PID = SAMPLE_META.pid;

/** @returns the file's bytes */
export function hostileRecording(): Uint8Array {
  const names = Object.values(HOSTILE_NAMES);
  const { markup, bidirectional, control, long } = HOSTILE_NAMES;
  const meta = {
    ...SAMPLE_META,
    program: `/tmp/${markup}`,
    command: [...names],
    comm: bidirectional,
    goVersion: control,
    host: long,
    groups: ['sched', 'alloc', markup],
  };
  const writer = new RecordingWriter(meta, { wait_reason: ['', ...names] });
  const source = new MemorySource();
  const event = (name: EventName) => EVENTS.indexOf(name);
  const state = (name: (typeof STATES)[number]) => STATES.indexOf(name);
  const none = new Int32Array(0);
  const none64 = new BigInt64Array(0);
  source.append(...writer.begin());
  source.append(...writer.part('probes', [{ ...SAMPLE_PROBE, function: markup, rule: long }]));
  const nobody = {
    count: 0,
    pid: none,
    goid: none64,
    parentGoid: none64,
    func: none,
    site: none,
    state: new Int8Array(0),
    waitReason: new Int8Array(0),
    sinceNs: none64,
    createdNs: none64,
    stack: none,
    labels: none64,
  };
  source.append(...writer.goroutines(nobody));
  const funcs = names.map((name) => writer.nameIndex('func', name));
  const types = names.map((name) => writer.nameIndex('type', name));
  source.append(
    ...writer.part(
      'functions',
      funcs.map((func, i) => ({
        func,
        name: names[i]!,
        file: names[i]!,
        startLine: 1,
        entry: BigInt(func),
      })),
    ),
    ...writer.part(
      'sites',
      funcs.map((func, i) => ({ site: i + 1, pc: BigInt(i), func, file: names[i]!, line: 1 })),
    ),
    ...writer.part(
      'types',
      types.map((type, i) => ({ type, name: names[i]!, goKind: markup, sizeBytes: 8 })),
    ),
    ...writer.part(
      'frames',
      funcs.map((func, i) => ({ frame: i + 1, func, file: names[i]!, line: 1, inlined: true })),
    ),
    ...writer.stacks({
      count: names.length,
      stack: Int32Array.from(names, (_, i) => i + 1),
      parent: Int32Array.from(names, (_, i) => i),
      frame: Int32Array.from(names, (_, i) => i + 1),
    }),
  );
  const rows: Row[] = [];
  const base = Object.fromEntries(
    Object.keys(eventArrays([])).map((column) => [column, 0]),
  ) as unknown as Row;
  const add = (row: Partial<Row>): void => {
    const time_ns = 1000 * (rows.length + 1);
    rows.push({ ...base, pid: PID, tid: PID, time_ns, ...row });
  };
  const change = { event: event('go_state') };
  for (const [i] of names.entries()) {
    const goid = 10 + i;
    const [running, runnable, waiting] = [state('running'), state('runnable'), state('waiting')];
    const created = { event: event('go_create'), func: funcs[i]!, site: i + 1 };
    add({ ...created, goid, by_goid: 10, to_state: runnable });
    add({ ...change, goid, from_state: runnable, to_state: running, stack: names.length });
    add({ event: event('go_labels'), goid, by_goid: goid, object: 0x1000 });
    for (const type of types) {
      add({ event: event('alloc'), goid, by_goid: goid, type, size_bytes: 16, site: 1 });
    }
    const wait = { from_state: running, to_state: waiting, wait_reason: i + 1 };
    add({ ...change, goid, by_goid: goid, ...wait, stack: names.length });
    add({ ...change, goid, by_goid: 10, from_state: waiting, to_state: runnable });
    add({ ...change, goid, from_state: runnable, to_state: running });
    add({ ...change, goid, by_goid: goid, ...wait, stack: names.length });
  }
  const eventCounts = Object.fromEntries(
    EVENTS.slice(1).map((name) => [name, rows.filter((row) => EVENTS[row.event] === name).length]),
  ) as Record<EventName, number>;
  const lost = {
    ring_full: 0,
    bad_read: 0,
    stack_lost: 0,
    overrun: 0,
    wide_goid: 0,
    name_lost: 0,
  };
  const maxNs = rows.at(-1)!.time_ns;
  const facts = { minNs: rows[0]!.time_ns, maxNs, eventCounts, lost, goroutineCount: 0 };
  source.append(
    ...writer.checkpoint(nobody),
    ...writer.chunk(eventArrays(rows), rows.length, facts),
  );
  source.append(
    ...writer.part('marks', [{ timeNs: 5000, text: markup }]),
    ...writer.part(
      'labels',
      names.map((name) => ({ timeNs: 3000, pid: PID, object: 0x1000n, key: name, value: name })),
    ),
  );
  source.append(...writer.end({ ended_ns: `${maxNs + 1000}`, reason: markup, exit_code: '0' }));
  return Buffer.concat(source.pieces);
}

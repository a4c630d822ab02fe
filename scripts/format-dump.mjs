/**
 * Writes the worked example of docs/format.md anew: a recording of two events, byte by byte.
 *
 *     npm run build, then node scripts/format-dump.mjs       after a change of what a recorder writes
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hexLines, notesOfBody, notesOfEnd, readMessages } from './annotate-recording.mjs';
import { root } from './root.mjs';

const BEGIN = '<!-- written by scripts/format-dump.mjs -->';
const END = '<!-- until here -->';

/** Goroutine 1 creates 7, which begins to run. @param format the exports of src/format */
export function tinyRecording({
  RecordingWriter,
  EVENTS,
  LOSS_CAUSES,
  STATES,
  columnsOfEvents,
  NARROW_TYPES,
  WIDE_TYPES,
}) {
  // As of `xgotop record -p 42 --events sched`.
  const names = columnsOfEvents(['go_create', 'go_state', 'go_exit'], { isOneProcess: true });
  const columns = Object.fromEntries(
    names.map((name) => [name, NARROW_TYPES[name] ?? WIDE_TYPES[name]]),
  );
  const writer = new RecordingWriter(
    {
      version: '0.1.0', program: '/bin/a', command: ['a'], comm: 'a', pid: 42, goVersion: 'go1.26.4',
      arch: 'amd64', host: 'h', kernel: '6.18', startUnixNs: 1_790_000_000_000_000_000n,
      startMonoNs: 5_000_000_000n, groups: ['sched'], launched: false, offsets: '', history: [],
    },
    { wait_reason: [''] },
    { columns },
  ); // prettier-ignore
  const begin = writer.begin();
  const func = writer.nameIndex('func', 'main.f');
  const arrays = { int64: BigInt64Array, int32: Int32Array, int16: Int16Array, int8: Int8Array };
  const state = (name) => STATES.indexOf(name);
  const rows = {
    time_ns: [1000, 2500], goid: [7, 7], by_goid: [1, 0], tid: [42, 43], func: [func, 0],
    event: [EVENTS.indexOf('go_create'), EVENTS.indexOf('go_state')], p: [0, 1],
    from_state: [0, state('runnable')], to_state: [state('runnable'), state('running')],
  }; // prettier-ignore
  const columnOf = (name) => {
    const type = WIDE_TYPES[name];
    const values = rows[name] ?? [0, 0];
    return [name, arrays[type].from(values, type === 'int64' ? BigInt : Number)];
  };
  const one = (...columns) => Object.fromEntries(columns);
  const goroutine = one(
    ['count', 1], ['pid', Int32Array.of(42)], ['goid', BigInt64Array.of(1n)], ['parentGoid', BigInt64Array.of(0n)],
    ['func', Int32Array.of(0)], ['site', Int32Array.of(0)], ['state', Int8Array.of(state('running'))],
    ['waitReason', Int8Array.of(0)], ['sinceNs', BigInt64Array.of(-1n)], ['createdNs', BigInt64Array.of(-1n)],
  ); // prettier-ignore
  const eventCounts = Object.fromEntries(EVENTS.slice(1).map((name) => [name, 0]));
  const pieces = [
    ...begin,
    ...writer.checkpoint(goroutine),
    ...writer.chunk(Object.fromEntries(names.map(columnOf)), 2, {
      minNs: 1000, maxNs: 2500, eventCounts: { ...eventCounts, go_create: 1, go_state: 1 },
      lost: Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])), goroutineCount: 1,
    }), // prettier-ignore
    ...writer.end({ reason: 'exit' }),
  ];
  return new Uint8Array(Buffer.concat(pieces));
}

/** The example as it stands in docs/format.md. @param bytes of `tinyRecording` */
export function workedExample(bytes) {
  const { messages, endAt } = readMessages(bytes, 8);
  const fields = messages[0].header.fields;
  const describe = ({ kind, header, metadata }) => {
    if (kind === 'Schema') return `${fields.length} columns`;
    if (kind === 'DictionaryBatch') return `${header.isDelta ? 'more of' : ''} \`${fields.find(({ dictionary }) => dictionary?.id === header.id).name}\``.trim(); // prettier-ignore
    const part = metadata.get('xgotop.part');
    return part === undefined ? `chunk ${metadata.get('xgotop.chunk')}, ${header.length} rows` : `part \`${part}\``; // prettier-ignore
  };
  const hex = (at) => `\`${at.toString(16).padStart(4, '0')}\``;
  const map = messages.map((message) => {
    const { at, bodyAt, bodyLength, kind } = message;
    return `| ${hex(at)} | ${kind} | ${describe(message)} | ${bodyAt - at} | ${bodyLength} |`;
  });
  const head = ({ at, bodyAt, notes }) => hexLines(bytes, notes, at, bodyAt);
  const body = (message, columns) => {
    const { bodyAt, bodyLength } = message;
    return hexLines(bytes, notesOfBody(bytes, message, columns), bodyAt, bodyAt + bodyLength);
  };
  const delta = messages.find(({ header }) => header.isDelta);
  const part = messages.find(({ metadata }) => metadata.get('xgotop.part') === 'checkpoint');
  const [inner] = readMessages(bytes, part.bodyAt).messages;
  const chunk = messages.find(({ metadata }) => metadata.has('xgotop.chunk'));
  const columns = fields.map(({ name, type, dictionary }) => ({
    name: dictionary === undefined ? name : `${name} (indices)`,
    widthBytes: (dictionary?.indexType ?? type).bitWidth / 8,
  }));
  const sections = [
    ['The magic and the Schema message', [...hexLines(bytes, [[0, 8, '"ARROW1", padded']], 0, 8), ...head(messages[0])]],
    ['The new name in the dictionary of `func`: head and body', [...head(delta), ...body(delta, [{ name: 'offsets', widthBytes: 4 }, { name: 'values' }])]],
    ['A part, `checkpoint`: a head without rows, and how the stream in its body begins', [...head(part), ...hexLines(bytes, inner.notes.slice(0, 2), part.bodyAt, part.bodyAt + 8)]],
    ['The chunk: its head, and each column at the next multiple of 64 of its body', [...head(chunk), ...body(chunk, columns)]],
    ['The end', hexLines(bytes, notesOfEnd(bytes, endAt), endAt, bytes.length)],
  ]; // prettier-ignore
  return [
    `Goroutine 1 creates 7, which begins to run: two events, ${bytes.length} bytes. Its messages:`,
    '',
    '| at | message | of | head | body |',
    '| --- | --- | --- | --- | --- |',
    ...map,
    '',
    `The footer follows the end-of-stream marker at ${hex(endAt)}.`,
    ...sections.flatMap(([title, lines]) => ['', `${title}:`, '', ...lines.map((line) => `    ${line}`)]), // prettier-ignore
  ].join('\n');
}

/** @returns docs/format.md with this example in the place of its own */
export function withExample(page, example) {
  const [before, , after] = page.split(
    /<!-- (?:written by scripts\/format-dump.mjs|until here) -->/,
  );
  if (after === undefined) throw new Error(`no place between ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${example}\n\n${END}${after}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const format = await import('../dist/src/format/index.js');
  const path = join(root, 'docs', 'format.md');
  writeFileSync(
    path,
    withExample(readFileSync(path, 'utf8'), workedExample(tinyRecording(format))),
  );
}

/**
 * The bytes of a small recording with what they mean beside them, for docs/format.md.
 *
 * It knows docs/format.md and the field numbers of Arrow's flatbuffers, and nothing of src/format:
 * that both agree on where everything is, is part of what the test of this text says.
 */

/** Flatbuffer tables that recordings use: the fields by number, each a name and a kind. */
const TABLES = {
  Message: [
    ['version', 'int16'],
    ['header_type', 'uint8'],
    ['header', 'union'],
    ['bodyLength', 'int64'],
    ['custom_metadata', 'KeyValue[]'],
  ],
  Schema: [
    ['endianness', 'int16'],
    ['fields', 'Field[]'],
    ['custom_metadata', 'KeyValue[]'],
  ],
  Field: [
    ['name', 'string'],
    ['nullable', 'uint8'],
    ['type_type', 'uint8'],
    ['type', 'union'],
    ['dictionary', 'DictionaryEncoding'],
    ['children', 'empty[]'],
  ],
  Int: [
    ['bitWidth', 'int32'],
    ['is_signed', 'uint8'],
  ],
  Utf8: [],
  DictionaryEncoding: [
    ['id', 'int64'],
    ['indexType', 'Int'],
    ['isOrdered', 'uint8'],
  ],
  KeyValue: [
    ['key', 'string'],
    ['value', 'string'],
  ],
  RecordBatch: [
    ['length', 'int64'],
    ['nodes', 'FieldNode[]'],
    ['buffers', 'Buffer[]'],
  ],
  DictionaryBatch: [
    ['id', 'int64'],
    ['data', 'RecordBatch'],
    ['isDelta', 'uint8'],
  ],
  Footer: [
    ['version', 'int16'],
    ['schema', 'again'],
    ['dictionaries', 'Block[]'],
    ['recordBatches', 'Block[]'],
  ],
};
/** Flatbuffer structs: offsets of their int64, but for the int32 of a Block's metaDataLength. */
const STRUCTS = {
  FieldNode: { bytes: 16, fields: { length: 0, null_count: 8 } },
  Buffer: { bytes: 16, fields: { offset: 0, length: 8 } },
  Block: { bytes: 24, fields: { offset: 0, metaDataLength: 8, bodyLength: 16 } },
};
const HEADERS = { 1: 'Schema', 2: 'DictionaryBatch', 3: 'RecordBatch' };
const TYPES = { 2: 'Int', 5: 'Utf8' };
/** How many elements of a vector are shown, from its first on; of fields some by name. */
const SHOWN = { KeyValue: 1, Field: 0, FieldNode: 1, Buffer: 4, Block: 1 };
const SHOWN_FIELDS = ['time_ns', 'func'];
const WIDTHS = { uint8: 1, int16: 2, int32: 4, int64: 8 };

/** A flatbuffer that is read in place; what it finds is noted with its position. */
class Flat {
  constructor(view, note) {
    this.view = view;
    this.note = note;
  }

  /** @returns the table's fields as plain values */
  root(at, table) {
    const offset = this.view.getUint32(at, true);
    this.note(at, 4, `root: ${table} at +${offset}`);
    return this.table(at + offset, table);
  }

  table(at, name) {
    const vtable = at - this.view.getInt32(at, true);
    const bytes = this.view.getUint16(vtable, true);
    const fields = TABLES[name];
    const places = fields.map((_, index) =>
      4 + 2 * index < bytes ? this.view.getUint16(vtable + 4 + 2 * index, true) : 0,
    );
    this.note(
      vtable,
      bytes,
      `vtable: ${bytes} bytes, table ${this.view.getUint16(vtable + 2, true)}; fields at ${places.map((place) => place || '-').join(' ')}`,
    );
    this.note(at, 4, `${name}: its vtable is ${at - vtable} before`);
    const found = {};
    for (const [index, [field, kind]] of fields.entries()) {
      if (places[index] === 0) continue;
      const union = { header: HEADERS[found.header_type], type: TYPES[found.type_type] }[field];
      found[field] = this.field(at + places[index], `${field} (${index})`, union ?? kind);
    }
    return found;
  }

  field(at, label, kind) {
    if (WIDTHS[kind]) return this.scalar(at, label, kind);
    const target = at + this.view.getUint32(at, true);
    const there = `at +${target - at}`;
    if (kind === 'string') {
      const text = this.string(target);
      this.note(at, 4, `${label}: ${there}`);
      this.note(target, 4 + text.length + 1, `"${text}", its length before it`);
      return text;
    }
    if (kind === 'again') {
      this.note(at, 4, `${label}: as at the beginning, ${there}`);
      return undefined;
    }
    if (!kind.endsWith('[]')) {
      this.note(at, 4, `${label}: ${kind} ${there}`);
      return this.table(target, kind);
    }
    const count = this.view.getUint32(target, true);
    this.note(at, 4, `${label}: ${there}`);
    this.note(target, 4, `${label}: ${count} of ${kind.slice(0, -2)}`);
    return Array.from({ length: count }, (_, index) =>
      this.element(target + 4, kind.slice(0, -2), index),
    );
  }

  element(first, kind, index) {
    const found = new Flat(this.view, () => undefined).noted(first, kind, index);
    if (index < SHOWN[kind] || SHOWN_FIELDS.includes(found.name)) this.noted(first, kind, index);
    return found;
  }

  noted(first, kind, index) {
    const struct = STRUCTS[kind];
    if (struct === undefined) {
      const at = first + 4 * index;
      const target = at + this.view.getUint32(at, true);
      this.note(at, 4, `${kind} ${index}: at +${target - at}`);
      return this.table(target, kind);
    }
    const at = first + struct.bytes * index;
    const values = Object.entries(struct.fields).map(([name, place]) => [
      name,
      name === 'metaDataLength'
        ? this.view.getInt32(at + place, true)
        : Number(this.view.getBigInt64(at + place, true)),
    ]);
    const text = values.map(([name, value]) => `${name} ${value}`).join(', ');
    this.note(at, struct.bytes, `${kind} ${index}: ${text}`);
    return Object.fromEntries(values);
  }

  scalar(at, label, kind) {
    const value = Number(
      this.view[{ uint8: 'getUint8', int16: 'getInt16', int32: 'getInt32', int64: 'getBigInt64' }[kind]](at, true), // prettier-ignore
    );
    const meaning = label.startsWith('header_type') ? ` ${HEADERS[value]}` : label.startsWith('type_type') ? ` ${TYPES[value]}` : ''; // prettier-ignore
    this.note(at, WIDTHS[kind], `${label}: ${value}${meaning}`);
    return value;
  }

  string(at) {
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + at + 4, this.view.getUint32(at, true)); // prettier-ignore
    return new TextDecoder().decode(bytes);
  }
}

/**
 * The messages of a stream, each with its place and the notes of its head.
 *
 * @param at first byte of the first message
 * @returns them, and where the end-of-stream marker is
 */
export function readMessages(bytes, at) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages = [];
  while (view.getUint32(at + 4, true) !== 0) {
    const headBytes = 8 + view.getInt32(at + 4, true);
    const notes = [
      [at, 4, 'continuation marker'],
      [at + 4, 4, `${headBytes - 8} bytes of head follow, then the body`],
    ];
    const message = new Flat(view, (...note) => notes.push(note)).root(at + 8, 'Message');
    const { bodyLength = 0, header, custom_metadata: pairs = [] } = message;
    const metadata = new Map(pairs.map(({ key, value }) => [key, value]));
    const kind = HEADERS[message.header_type];
    messages.push({ at, bodyAt: at + headBytes, bodyLength, kind, header, metadata, notes });
    at += headBytes + bodyLength;
  }
  return { messages, endAt: at };
}

/** Notes of the end of a file. @param endAt where its end-of-stream marker is */
export function notesOfEnd(bytes, endAt) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const footerBytes = view.getInt32(bytes.length - 10, true);
  const notes = [
    [endAt, 8, 'end of the stream: the marker, and a length of 0'],
    [bytes.length - 10, 4, `the footer has ${footerBytes} bytes`],
    [bytes.length - 6, 6, '"ARROW1"'],
  ];
  new Flat(view, (...note) => notes.push(note)).root(bytes.length - 10 - footerBytes, 'Footer');
  return notes;
}

/** Notes of a body: what each buffer of the head holds. @param columns name and type of each */
export function notesOfBody(bytes, { bodyAt, header }, columns) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { buffers } = header.data ?? header;
  const regions = buffers.filter(({ length }) => length > 0);
  return regions.map(({ offset, length }, index) => {
    const { name, widthBytes } = columns[index];
    const at = bodyAt + offset;
    if (widthBytes === undefined) {
      return [
        at,
        length,
        `${name}: "${new TextDecoder().decode(bytes.subarray(at, at + length))}"`,
      ];
    }
    const read = { 1: 'getInt8', 2: 'getInt16', 4: 'getInt32', 8: 'getBigInt64' }[widthBytes];
    const values = Array.from({ length: length / widthBytes }, (_, row) =>
      view[read](at + row * widthBytes, true),
    );
    return [at, length, `${name}: ${values.join(', ')}`];
  });
}

/** Bytes beside what they mean, in the order of the file; what nobody noted is one line. */
export function hexLines(bytes, notes, from, to) {
  const lines = [];
  let at = from;
  const seen = new Set();
  for (const [start, length, text] of [...notes].sort((a, b) => a[0] - b[0])) {
    // Tables share vtables.
    if (start < from || start + length > to || seen.has(start)) continue;
    seen.add(start);
    lines.push(...gapLines(bytes, at, start));
    for (let done = 0; done < length; done += 16) {
      const piece = bytes.subarray(start + done, Math.min(start + length, start + done + 16));
      const hex = Array.from(piece, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
      lines.push(`${place(start + done)}  ${hex.padEnd(47)}  ${done === 0 ? text : ''}`.trimEnd());
    }
    at = start + length;
  }
  return [...lines, ...gapLines(bytes, at, to)];
}

/** Padding goes without saying. */
function gapLines(bytes, from, to) {
  const isPadding = bytes.subarray(from, to).every((byte) => byte === 0);
  return isPadding ? [] : [`${place(from)}  ... ${to - from} bytes left out`];
}

function place(offset) {
  return offset.toString(16).padStart(4, '0');
}

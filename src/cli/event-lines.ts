/** Events as lines of text: for people, as NDJSON, as CSV (RFC 4180). */
import type { RecordingMeta } from '../format/index.ts';
import { withoutControls } from '../query/index.ts';
import type { Field, FieldReader, FieldValue } from './event-fields.ts';

export const CAT_FORMATS = ['text', 'ndjson', 'csv'] as const;
export type CatFormat = (typeof CAT_FORMATS)[number];

export const TIME_FORMATS = ['seconds', 'nanoseconds', 'rfc3339'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** Columns of the text that are always there; the rest follows as `name=value` where it says something. */
const TEXT_COLUMNS: Partial<Record<Field, number>> = { goid: 7, event: 15 };

/** The first line; '' for none. */
export function headerLine(format: CatFormat, fields: readonly Field[]): string {
  return format === 'csv' ? `${fields.join(',')}\n` : '';
}

/**
 * What makes the line of a row.
 *
 * @param readers - of the fields, in their order
 */
export function lineMaker(
  format: CatFormat,
  fields: readonly Field[],
  readers: readonly FieldReader[],
  timeOf: (timeNs: FieldValue) => string | number,
): (row: number) => string {
  const valueOf = (index: number, row: number): FieldValue => {
    const value = readers[index]!(row);
    return fields[index] === 'time_ns' ? timeOf(value) : value;
  };
  if (format === 'csv') {
    return (row) => `${fields.map((_, i) => csvCell(valueOf(i, row))).join(',')}\n`;
  }
  if (format === 'ndjson') {
    return (row) => {
      const pairs: string[] = [];
      for (const [i, field] of fields.entries()) {
        const value = valueOf(i, row);
        // Beyond 2^53 a number would be read as another one.
        const json = JSON.stringify(typeof value === 'bigint' ? String(value) : value);
        if (value !== null) pairs.push(`"${field}":${json}`);
      }
      return `{${pairs.join(',')}}\n`;
    };
  }
  return (row) => {
    let line = '';
    for (const [i, field] of fields.entries()) {
      const value = valueOf(i, row);
      const width = TEXT_COLUMNS[field];
      if (field === 'time_ns') line += `${String(value).padStart(14)} `;
      else if (field === 'goid') line += ` ${(value === null ? '' : `g${value}`).padEnd(width!)}`;
      else if (width !== undefined) line += ` ${String(value ?? '').padEnd(width)}`;
      else if (value !== null) line += ` ${field}=${textCell(value)}`;
    }
    return `${line.trimEnd()}\n`;
  };
}

/** How a time is written. */
export function timeWriter(
  format: TimeFormat,
  { startUnixNs }: Pick<RecordingMeta, 'startUnixNs'>,
): (timeNs: FieldValue) => string | number {
  if (format === 'nanoseconds') return (timeNs) => timeNs as number;
  if (format === 'seconds') return (timeNs) => (Number(timeNs) / 1e9).toFixed(9);
  return (timeNs) => {
    const unixNs = startUnixNs + BigInt(timeNs!);
    const whole = new Date(Number(unixNs / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
    return `${whole}.${String(unixNs % 1_000_000_000n).padStart(9, '0')}Z`;
  };
}

function textCell(value: string | number | bigint): string {
  const text = withoutControls(String(value));
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

function csvCell(value: FieldValue): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The metadata of a recording's schema: strings in the file, typed here. docs/format.md, "Metadata". */
import { FormatError } from './errors.ts';
import type { RecordingMeta } from './recording.ts';

/** The `xgotop.format` that this version writes, and the highest it reads. */
export const FORMAT_VERSION = 2;

/** @returns key-value pairs of the Schema message, in the order of docs/format.md */
export function encodeMeta(meta: RecordingMeta): Map<string, string> {
  return new Map([
    ['xgotop.format', `${FORMAT_VERSION}`],
    ['xgotop.version', meta.version],
    ['xgotop.program', meta.program],
    ['xgotop.command', JSON.stringify(meta.command)],
    ['xgotop.comm', meta.comm],
    ['xgotop.pid', `${meta.pid}`],
    ['xgotop.go_version', meta.goVersion],
    ['xgotop.arch', meta.arch],
    ['xgotop.host', meta.host],
    ['xgotop.kernel', meta.kernel],
    ['xgotop.start_unix_ns', meta.startUnixNs.toString()],
    ['xgotop.start_mono_ns', meta.startMonoNs.toString()],
    ['xgotop.groups', meta.groups.join(',')],
    ['xgotop.launched', meta.launched ? '1' : '0'],
    ['xgotop.offsets', meta.offsets],
    ...(meta.compression === undefined
      ? []
      : ([['xgotop.compression', meta.compression]] as const)),
    ...(meta.history.length === 0
      ? []
      : ([['xgotop.history', JSON.stringify(meta.history)]] as const)),
    ...(meta.hasStateGaps ? ([['xgotop.state_gaps', '1']] as const) : []),
  ]);
}

/**
 * Keys that are missing are empty or 0; only the format must be there.
 *
 * @param byteOffset - of the schema, for errors
 * @throws FormatError `not-a-recording` without a format, `too-new`, `bad-value`
 */
export function decodeMeta(
  metadata: ReadonlyMap<string, string>,
  byteOffset: number,
): RecordingMeta {
  const text = (key: string): string => metadata.get(`xgotop.${key}`) ?? '';
  const integer = (key: string): bigint => {
    const value = text(key);
    if (!/^-?\d{0,20}$/.test(value)) {
      throw new FormatError('bad-value', byteOffset, `xgotop.${key} is no number`);
    }
    return value === '' || value === '-' ? 0n : BigInt(value);
  };
  const format = text('format');
  if (format === '') {
    throw new FormatError('not-a-recording', byteOffset, 'an Arrow file of something else');
  }
  if (!/^[1-9]\d{0,8}$/.test(format)) {
    throw new FormatError('bad-value', byteOffset, 'xgotop.format is no number');
  }
  if (Number(format) > FORMAT_VERSION) {
    const writer = text('version');
    throw new FormatError(
      'too-new',
      byteOffset,
      `the recording has format ${format} (written by xgotop ${writer}), ` +
        `this version reads up to format ${FORMAT_VERSION}`,
    );
  }
  const compression = text('compression');
  if (compression !== '' && compression !== 'zstd' && compression !== 'zstd-parts') {
    throw new FormatError('bad-value', byteOffset, `compressed with ${compression}`);
  }
  return {
    version: text('version'),
    program: text('program'),
    command: decodeTexts(text('command'), 'command', byteOffset),
    comm: text('comm'),
    pid: Number(integer('pid')),
    goVersion: text('go_version'),
    arch: text('arch'),
    host: text('host'),
    kernel: text('kernel'),
    startUnixNs: integer('start_unix_ns'),
    startMonoNs: integer('start_mono_ns'),
    groups: text('groups').split(',').filter(Boolean),
    launched: text('launched') === '1',
    offsets: text('offsets'),
    compression: compression === '' ? undefined : compression,
    history: decodeTexts(text('history'), 'history', byteOffset),
    ...(text('state_gaps') === '1' ? { hasStateGaps: true } : {}),
  };
}

function decodeTexts(json: string, key: string, byteOffset: number): string[] {
  if (json === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string')) {
    throw new FormatError('bad-value', byteOffset, `xgotop.${key} is no JSON array of texts`);
  }
  return value;
}

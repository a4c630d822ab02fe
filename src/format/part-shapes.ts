/**
 * The side tables of a recording: their columns, and the rows that programs see.
 *
 * A row is a plain object whose properties are the columns' names in camelCase. int64 is
 * a number where 2^53 is enough and a bigint ('address') where it is not. The parts that
 * may be long stay columns. docs/format.md, "Parts".
 */
import type { ArrowField, ArrowType } from './arrow-schema.ts';
import type {
  FrameRow,
  FunctionRow,
  LabelRow,
  MarkRow,
  MetricRow,
  ProbeRow,
  ProcessRow,
  SiteRow,
  TypeRow,
} from './recording.ts';

/** How a property of a row is stored; `address` is an int64 that stays a bigint. */
export type PropertyType = 'int32' | 'int64' | 'address' | 'utf8' | 'bool';

type TypeOf<V> = V extends bigint
  ? 'address'
  : V extends string
    ? 'utf8'
    : V extends boolean
      ? 'bool'
      : 'int32' | 'int64';

/** Properties of a row in the order of its columns, with their types. */
export type RowShape<R> = {
  [K in keyof R as undefined extends R[K] ? never : K]: TypeOf<R[K]>;
};

/** One row of part `end`. */
export interface EndRow {
  key: string;
  value: string;
}

export interface PartRows {
  probes: ProbeRow;
  processes: ProcessRow;
  functions: FunctionRow;
  sites: SiteRow;
  frames: FrameRow;
  types: TypeRow;
  metrics: MetricRow;
  marks: MarkRow;
  labels: LabelRow;
  end: EndRow;
}
export type RowPart = keyof PartRows;

/** Parts that are read and written as rows. */
export const ROW_SHAPES: { readonly [P in RowPart]: RowShape<PartRows[P]> } = {
  probes: {
    event: 'utf8',
    function: 'utf8',
    address: 'address',
    fileOffset: 'int64',
    instruction: 'utf8',
    emulated: 'bool',
    rule: 'utf8',
  },
  processes: {
    pid: 'int32',
    parentPid: 'int32',
    comm: 'utf8',
    command: 'utf8',
    startedNs: 'int64',
    endedNs: 'int64',
    exitCode: 'int32',
    exitSignal: 'int32',
    bias: 'address',
  },
  functions: {
    func: 'int32',
    name: 'utf8',
    file: 'utf8',
    startLine: 'int32',
    entry: 'address',
  },
  sites: { site: 'int32', pc: 'address', func: 'int32', file: 'utf8', line: 'int32' },
  frames: {
    frame: 'int32',
    func: 'int32',
    file: 'utf8',
    line: 'int32',
    inlined: 'bool',
  },
  types: { type: 'int32', name: 'utf8', goKind: 'utf8', sizeBytes: 'int64' },
  metrics: {
    timeNs: 'int64',
    events: 'int64',
    lost: 'int64',
    recorderCpuNs: 'int64',
    targetCpuNs: 'int64',
    targetRssBytes: 'int64',
    fileBytes: 'int64',
  },
  marks: { timeNs: 'int64', text: 'utf8' },
  labels: { timeNs: 'int64', pid: 'int32', object: 'address', key: 'utf8', value: 'utf8' },
  end: { key: 'utf8', value: 'utf8' },
};

/** Columns of part `processes` that a recording may lack. */
export const OPTIONAL_PROCESS_COLUMNS = {
  host: 'utf8',
  recording: 'utf8',
  recordedPid: 'int32',
  recordedFromNs: 'int64',
  recordedUntilNs: 'int64',
} as const satisfies Record<string, PropertyType>;

/** Columns that rows of a part may lack, all of them or none. */
export function optionalRowColumns(part: RowPart): Readonly<Record<string, PropertyType>> {
  return part === 'processes' ? OPTIONAL_PROCESS_COLUMNS : {};
}

/** Parts that are read and written as columns. */
export const COLUMN_SHAPES = {
  goroutines: {
    pid: 'int32',
    goid: 'int64',
    parentGoid: 'int64',
    func: 'int32',
    site: 'int32',
    state: 'int8',
    waitReason: 'int8',
  },
  checkpoint: {
    pid: 'int32',
    goid: 'int64',
    parentGoid: 'int64',
    func: 'int32',
    state: 'int8',
    waitReason: 'int8',
    sinceNs: 'int64',
    createdNs: 'int64',
  },
  stacks: { stack: 'int32', parent: 'int32', frame: 'int32' },
} as const satisfies Record<string, Record<string, ArrowType>>;
export type ColumnPart = keyof typeof COLUMN_SHAPES;

/** Columns of part `goroutines` that a recording may lack. */
export const OPTIONAL_GOROUTINE_COLUMNS = {
  sinceNs: 'int64',
  stack: 'int32',
  labels: 'int64',
} as const;
/** Those of goroutines. */
export type GoroutinePart = Exclude<ColumnPart, 'stacks'>;

export type PartName = RowPart | ColumnPart | 'index';

/** `startLine` to `start_line`. */
export function columnName(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The columns of a part, as fields of its schema. */
export function partFields(shape: Record<string, PropertyType | ArrowType>): ArrowField[] {
  return Object.entries(shape).map(([property, type]) => ({
    name: columnName(property),
    type: type === 'address' ? 'int64' : type,
    dictionaryId: undefined,
  }));
}

/** What is said of a merged recording as a whole, of its recorders and of their dictionaries. */
import type { DictionaryColumn } from './event-columns.ts';
import type { MergeInput } from './merged-processes.ts';
import type { MetricRow, ProbeRow, Recording, RecordingMeta } from './recording.ts';

/** A recording on the axis of the merged one. */
export interface PlacedInput extends MergeInput {
  /** Its beginning, ns since that of the merged one. */
  shiftNs: number;
  /** Its end, ns since its own beginning. */
  endNs: number;
}

/** What all say, else all that is said. */
export function mergedMeta(inputs: readonly PlacedInput[], history: string): RecordingMeta {
  const metas = inputs.map(({ recording }) => recording.meta);
  const first = inputs.find(({ shiftNs }) => shiftNs === 0)!.recording.meta;
  const said = (valueOf: (meta: RecordingMeta) => string) =>
    distinct(metas.map(valueOf)).join(', ');
  const commands = distinct(metas.map(({ command }) => JSON.stringify(command)));
  return {
    ...first,
    program: said(({ program }) => program),
    command: commands.length === 1 ? first.command : [],
    comm: said(({ comm }) => comm),
    goVersion: said(({ goVersion }) => goVersion),
    arch: said(({ arch }) => arch),
    host: said(({ host }) => host),
    kernel: said(({ kernel }) => kernel),
    offsets: said(({ offsets }) => offsets),
    groups: distinct(metas.flatMap(({ groups }) => groups)),
    launched: metas.every(({ launched }) => launched),
    history: [
      ...inputs.flatMap(({ name, recording }) =>
        recording.meta.history.map((step) => `${name}: ${step}`),
      ),
      history,
    ],
    ...(metas.some(({ hasStateGaps }) => hasStateGaps) ? { hasStateGaps: true } : {}),
  };
}

/** The values of all, each once: as dictionary, and the new index of each old one by recording. */
export function mergedDictionary(
  inputs: readonly { recording: Recording }[],
  columns: readonly DictionaryColumn[],
): { values: string[]; indices: Int8Array[] } {
  const all = inputs.map(({ recording }) =>
    columns.map((column) => recording.dictionaries[column]),
  );
  const values = distinct(['', ...all.flat(2)]);
  const numbers = new Map(values.map((value, index) => [value, index]));
  // One column for each recording: those of several columns are of one dictionary.
  const indices = all.map(([names]) => Int8Array.from(names!, (name) => numbers.get(name)!));
  return { values, indices };
}

/** Probes of all, each once. */
export function mergedProbes(inputs: readonly MergeInput[]): ProbeRow[] {
  const probes = new Map<string, ProbeRow>();
  for (const row of inputs.flatMap(({ recording }) => recording.probes)) {
    probes.set(Object.values(row).join('\n'), row);
  }
  return [...probes.values()];
}

/** What all recorders had done by then, at the times at which one of them said so. */
export function mergedMetrics(inputs: readonly PlacedInput[]): MetricRow[] {
  const said = inputs
    .flatMap(({ recording, shiftNs }, input) =>
      recording.metrics.map((row) => ({ ...row, timeNs: row.timeNs + shiftNs, input })),
    )
    .sort((a, b) => a.timeNs - b.timeNs);
  const latest = new Map<number, MetricRow>();
  return said.map(({ input, ...row }) => {
    latest.set(input, row);
    const sum = (valueOf: (metric: MetricRow) => number) =>
      [...latest.values()].reduce((total, metric) => total + valueOf(metric), 0);
    // Memory is held, and what is not recorded any more holds none that is known.
    const memory = [...latest].filter(([one]) => {
      const { shiftNs, endNs } = inputs[one]!;
      return row.timeNs <= shiftNs + endNs;
    });
    return {
      timeNs: row.timeNs,
      events: sum(({ events }) => events),
      lost: sum(({ lost }) => lost),
      recorderCpuNs: sum(({ recorderCpuNs }) => recorderCpuNs),
      targetCpuNs: sum(({ targetCpuNs }) => targetCpuNs),
      targetRssBytes: memory.reduce((total, [, metric]) => total + metric.targetRssBytes, 0),
      fileBytes: sum(({ fileBytes }) => fileBytes),
    };
  });
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

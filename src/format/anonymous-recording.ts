/**
 * A recording as it looks when nothing of it may tell whose program it is of.
 *
 * Events and numbers stay; what is hidden are names, and addresses in the executable, which tell
 * them to whoever has it. Which names may stay is somebody else's to say: this room does not know
 * Go. docs/format.md, "Copies".
 */
import type { EventArrays, EventColumn } from './event-columns.ts';
import type { Recording, RecordingMeta } from './recording.ts';

/** Names to write in the place of others. Of one name always the same. */
export interface NameHider {
  function(name: string): string;
  type(name: string): string;
  /** @param functionName - of a function in it */
  file(path: string, functionName: string): string;
  /** Whatever somebody called something. @param prefix - what it is, in a word */
  text(prefix: string, text: string): string;
}

/** Facts of part `end` that say nothing of the program's names. */
const END_KEYS: ReadonlySet<string> = new Set(['ended_ns', 'reason', 'exit_code', 'exit_signal']);

/** The recording, with names hidden; events are read from the original. */
export function anonymousRecording(original: Recording, names: NameHider): Recording {
  const { dictionaries } = original;
  const nameOf = (func: number) => dictionaries.func[func] ?? '';
  const func = eachOnce(dictionaries.func.map((name) => names.function(name)));
  const type = eachOnce(dictionaries.type.map((name) => names.type(name)));
  const placed = <R extends { func: number; file: string }>(row: R): R => ({
    ...row,
    file: names.file(row.file, nameOf(row.func)),
  });
  return {
    meta: anonymousMeta(original.meta, names),
    isComplete: original.isComplete,
    byteLength: original.byteLength,
    damage: original.damage,
    chunks: original.chunks,
    columns: original.columns,
    dictionaries: { ...dictionaries, func, type },
    functions: original.functions.map((row) => ({
      ...placed(row),
      name: func[row.func] ?? '',
      entry: 0n,
    })),
    sites: original.sites.map((row) => ({ ...placed(row), pc: 0n })),
    frames: original.frames.map(placed),
    stacks: original.stacks,
    types: original.types.map((row) => ({ ...row, name: type[row.type] ?? '' })),
    probes: original.probes.map((row) => ({
      ...row,
      function: names.function(row.function),
      address: 0n,
      fileOffset: 0,
      // `call runtime.runqput`, or an operand.
      instruction: row.instruction.replace(
        /^(call|jmp) (\S.*)$/,
        (_, verb: string, name: string) => `${verb} ${names.function(name)}`,
      ),
    })),
    processes: original.processes.map((row) => ({
      ...row,
      comm: names.text('comm', row.comm),
      command: '',
      bias: 0n,
      ...(row.host === undefined ? {} : { host: names.text('host', row.host) }),
      ...(row.recording === undefined ? {} : { recording: names.text('file', row.recording) }),
    })),
    metrics: original.metrics,
    marks: original.marks.map((row) => ({ ...row, text: names.text('mark', row.text) })),
    labels: original.labels.map((row) => ({
      ...row,
      key: names.text('key', row.key),
      value: names.text('value', row.value),
    })),
    goroutines: original.goroutines,
    end: new Map([...original.end].filter(([key]) => END_KEYS.has(key))),
    endNs: original.endNs,
    readEvents: <C extends EventColumn>(
      chunkIndex: number,
      columns: readonly C[],
    ): Promise<Pick<EventArrays, C>> => original.readEvents(chunkIndex, columns),
    readCheckpoint: (chunkIndex) => original.readCheckpoint(chunkIndex),
    refresh: () => Promise.resolve(false),
  };
}

function anonymousMeta(meta: RecordingMeta, names: NameHider): RecordingMeta {
  return {
    ...meta,
    program: names.text('program', meta.program),
    command: [],
    comm: names.text('comm', meta.comm),
    host: names.text('host', meta.host),
    history: meta.history.map(anonymousStep),
  };
}

/** What made a file of another names files, predicates, whatever: the verb alone stays. */
function anonymousStep(step: string): string {
  const verb = /\bby xgotop ([a-z]{3,12})\b/.exec(step)?.[1];
  return verb === undefined ? '(not told any more)' : `(by xgotop ${verb}; not told any more how)`;
}

/** No dictionary holds a string twice: of names that became one the later are numbered. */
function eachOnce(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.map((value) => {
    let unlike = value;
    for (let number = 2; seen.has(unlike); number++) unlike = `${value}~${number}`;
    seen.add(unlike);
    return unlike;
  });
}

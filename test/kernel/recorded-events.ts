/** All events of a recording as plain objects: for tests, which look at some thousands. */
import { openRecording, type Recording } from '../../src/format/index.ts';
import { EVENT_COLUMN_NAMES, EVENT_COLUMNS } from '../../src/format/event-columns.ts';
import { openFileSource } from '../../src/query/file-source.ts';

export interface RecordedEvent {
  timeNs: number;
  goid: number;
  byGoid: number;
  sizeBytes: number;
  tid: number;
  func: string;
  line: number;
  type: string;
  p: number;
  event: string;
  from: string;
  to: string;
  waitReason: string;
  kind: string;
  object: bigint;
  value: bigint;
}

export async function readRecording(path: string) {
  const source = await openFileSource(path);
  const recording = await openRecording(source);
  const events = await readEvents(recording);
  source.close();
  return { recording, events };
}

async function readEvents(recording: Recording): Promise<RecordedEvent[]> {
  const lines = new Map(recording.sites.map(({ site, line }) => [site, line]));
  const events: RecordedEvent[] = [];
  for (const { chunkIndex, rowCount } of recording.chunks) {
    const columns = await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
    const text = (
      name: 'func' | 'type' | 'event' | 'from_state' | 'to_state' | 'wait_reason' | 'kind',
      row: number,
    ) => {
      const value = recording.dictionaries[name][columns[name][row]!];
      if (value === undefined)
        throw new Error(`${EVENT_COLUMNS[name]} ${name} has no value for row ${row}`);
      return value;
    };
    for (let row = 0; row < rowCount; row++) {
      events.push({
        timeNs: Number(columns.time_ns[row]),
        goid: Number(columns.goid[row]),
        byGoid: Number(columns.by_goid[row]),
        sizeBytes: Number(columns.size_bytes[row]),
        tid: columns.tid[row]!,
        func: text('func', row),
        line: lines.get(columns.site[row]!) ?? 0,
        type: text('type', row),
        p: columns.p[row]!,
        event: text('event', row),
        from: text('from_state', row),
        to: text('to_state', row),
        waitReason: text('wait_reason', row),
        kind: text('kind', row),
        object: columns.object[row]!,
        value: columns.value[row]!,
      });
    }
  }
  return events;
}

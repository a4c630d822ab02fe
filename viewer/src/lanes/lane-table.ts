/** What groups and orders of goroutines are made from: columns by lane. */
import type { Summary } from '../worker/protocol.ts';
import type { LabelColumn } from '../worker/series.ts';

/** What is known of the lanes; what is absent is not known yet, or was not recorded. */
export type LaneTable = Pick<
  Summary,
  'goid' | 'func' | 'functions' | 'firstNs' | 'endedNs' | 'runningNs'
> &
  Partial<Pick<Summary, 'pid' | 'parentGoid'>> & {
    allocatedBytes?: Float64Array | undefined;
    blockedNs?: Float64Array | undefined;
    labels?: readonly LabelColumn[] | undefined;
    /** At the playhead, index into STATES. */
    states?: Uint8Array | undefined;
  };

/** Name for a goroutine whose start function is not known. */
export const UNKNOWN_FUNCTION = '(unknown)';

/** The start function of a lane. */
export function functionOf(table: Pick<Summary, 'func' | 'functions'>, lane: number): string {
  const name = table.functions[table.func[lane]!];
  return name === undefined || name === '' ? UNKNOWN_FUNCTION : name;
}

/** A chunk and a checkpoint in which there is nothing, for tests of what is around them. */
import { EVENTS, type EventName } from '../../src/format/event-columns.ts';

export const NO_LOSS = {
  ring_full: 0,
  bad_read: 0,
  stack_lost: 0,
  overrun: 0,
  wide_goid: 0,
  name_lost: 0,
};
const NO_EVENTS = Object.fromEntries(EVENTS.slice(1).map((name) => [name, 0])) as Record<
  EventName,
  number
>;
/** What is said of a chunk in which nothing happens. */
export const FACTS = {
  minNs: 5,
  maxNs: 9,
  eventCounts: NO_EVENTS,
  lost: NO_LOSS,
  goroutineCount: 0,
};

/** A checkpoint of a program without goroutines. */
export const NO_GOROUTINES = {
  count: 0,
  pid: new Int32Array(),
  goid: new BigInt64Array(),
  parentGoid: new BigInt64Array(),
  func: new Int32Array(),
  site: new Int32Array(),
  state: new Int8Array(),
  waitReason: new Int8Array(),
  sinceNs: new BigInt64Array(),
  createdNs: new BigInt64Array(),
};

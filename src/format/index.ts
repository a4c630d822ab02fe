/** The face of this room: bytes of a recording in, facts and columns out, and back. docs/format.md. */
export { lostEvents } from './lost-events.ts';
export type { ByteSource } from './byte-source.ts';
export { FormatError, UserError } from './errors.ts';
export type { FormatErrorCode } from './errors.ts';
export * from './event-columns.ts';
export { DICTIONARY_COLUMNS, isDictionaryColumn } from './arrow-schema.ts';
export type { ChunkFacts } from './chunk-metadata.ts';
export { goidNumbers, timesNs } from './exact-numbers.ts';
export { MemorySource } from './memory-source.ts';
export { openRecording, salvageRecording } from './open-recording.ts';
export type { DamagedRange } from './message-walk.ts';
export { RecordingCopy } from './recording-copy.ts';
export type { CopyOptions, LeftOut } from './recording-copy.ts';
export { FORMAT_VERSION } from './recording-meta.ts';
export { RecordingWriter } from './recording-writer.ts';
export type { NameColumn } from './recording-writer.ts';
export type * from './recording.ts';
export { isSystemGoroutine, USER_START_FUNCTIONS } from './system-goroutine.ts';

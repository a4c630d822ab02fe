/** The face of this room: SQL over a recording, and files as sources of bytes. */
export { openEngine } from './engine.ts';
export type { QueryEngine } from './engine.ts';
export { whereFilter } from './where-filter.ts';
export { fileSourceOf, openFileSource } from './file-source.ts';
export type { FileSource } from './file-source.ts';
export { recordingEndNs, recordingFacts } from './recording-facts.ts';
export { MACROS, VIEWS } from './views/views.ts';
export type { View, ViewColumn } from './views/view.ts';
export { REPORTS } from './reports.ts';
export type { Report } from './reports.ts';
export { isAnswer, RESULT_FORMATS, writeResult } from './results/result-format.ts';
export type { ResultFormat, ResultOptions, TextSink } from './results/result-format.ts';
export { valueJson, valueText } from './results/value-text.ts';
export { withoutControls } from './results/text-width.ts';

/** The face of this room: SQL over a recording, and files as sources of bytes. */
export { openEngine } from './engine.ts';
export type { QueryEngine } from './engine.ts';
export { openFileSource } from './file-source.ts';
export type { FileSource } from './file-source.ts';
export { recordingEndNs, recordingFacts } from './recording-facts.ts';
export { MACROS, VIEWS } from './views/views.ts';
export type { View, ViewColumn } from './views/view.ts';

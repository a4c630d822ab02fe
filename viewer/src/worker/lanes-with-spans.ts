/** Goroutines and their spans, by lane: of a recording that is held, or of a piece of it. */
import type { SpanBuilder } from '../../../src/format/lanes/span-builder.ts';

export type LanesWithSpans = Pick<SpanBuilder, 'spans' | 'goid' | 'pid' | 'func' | 'createdNs'>;

/** What batches of apache-arrow hold. */
import type { RecordBatch } from 'apache-arrow';

import type { Reading } from './describe-reader.ts';

/** Their values by column, and the error that ended them. Stands alone: it is also sent into a page. */
export function readingOf(batches: Iterable<RecordBatch>): Reading {
  const reading: Reading & Required<Pick<Reading, 'columns' | 'types'>> = {
    columns: {},
    types: {},
  };
  try {
    for (const batch of batches) {
      for (const { name, type } of batch.schema.fields) {
        reading.types[name] = String(type);
        const values = (reading.columns[name] ??= []);
        for (const value of batch.getChild(name)! as Iterable<unknown>) values.push(String(value));
      }
    }
  } catch (error) {
    reading.error = String(error);
  }
  return reading;
}

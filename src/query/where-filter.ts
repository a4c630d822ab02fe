/**
 * Rows of a recording that a predicate of SQL wants, as a filter for copies.
 *
 * DuckDB gives the positions of the rows, in their order; they are read beside the chunks that
 * are copied, so that no more than a vector of them is held. What a subquery in the predicate
 * needs is DuckDB's affair: it goes to disk where memory is short.
 */
import type { DuckDBResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import { UserError } from '../format/errors.ts';
import { int64At, int64Words } from '../format/lanes/int64-view.ts';
import type { Recording } from '../format/recording.ts';
import type { RowFilter, RowPass } from '../format/row-filter.ts';
import type { QueryEngine } from './engine.ts';
import { EVENT_SELECTION } from './views/event-views.ts';

/** Ns since the recording started; rows outside are not looked at. */
interface Bounds {
  fromNs: number;
  toNs: number;
}

/**
 * @param engine - of the same recording; it runs nothing else until the copy is written
 * @param predicate - over the columns of the view `events`
 * @throws UserError when DuckDB does not take the predicate
 */
export async function whereFilter(
  recording: Pick<Recording, 'chunks'>,
  engine: QueryEngine,
  predicate: string,
  { fromNs, toNs }: Bounds,
): Promise<RowFilter> {
  const rows = (end: string) => `SELECT seq FROM (SELECT seq, ${EVENT_SELECTION}
FROM scan_events(${fromNs}::BIGINT, ${toNs === Infinity ? 'NULL' : `${toNs}::BIGINT`}, NULL)) AS events
WHERE (
${predicate}
)
${end}`;
  await checkPredicate(engine, rows('LIMIT 0'));
  let rowCount = 0;
  const firstRows = recording.chunks.map((chunk) => (rowCount += chunk.rowCount) - chunk.rowCount);
  return {
    states: 'some',
    // A join that a subquery is made into may give rows in another order.
    pass: () => new WherePass(positions(engine.run(rows('ORDER BY seq'))), firstRows),
  };
}

async function checkPredicate(engine: QueryEngine, sql: string): Promise<void> {
  let statementCount = 0;
  try {
    for await (const result of engine.run(sql)) {
      statementCount++;
      await result.fetchAllChunks();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Lines of the statement around it say nothing to whoever wrote the predicate.
    const message = error.message.split(/\n\n|\nLINE /)[0]!;
    throw new UserError(
      `--where: ${message}`,
      error.hint ?? 'xgotop query --views lists the columns of the view events',
      { cause: error },
    );
  }
  if (statementCount !== 1) throw new UserError('--where takes one predicate, not statements');
}

/** The values of the only column, an array for each vector. */
async function* positions(results: AsyncIterable<DuckDBResult>): AsyncGenerator<Float64Array> {
  for await (const result of results) {
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) break;
      const vector = bindings.data_chunk_get_vector(chunk.chunk, 0);
      const data = bindings.vector_get_data(vector, chunk.rowCount * 8);
      const words = int64Words(new BigInt64Array(data.slice().buffer, 0, chunk.rowCount));
      yield Float64Array.from({ length: chunk.rowCount }, (_, row) => int64At(words, row));
    }
  }
}

class WherePass implements RowPass {
  readonly #more: AsyncIterator<Float64Array>;
  readonly #firstRows: readonly number[];
  #held: Float64Array = new Float64Array();
  #next = 0;

  constructor(more: AsyncIterator<Float64Array>, firstRows: readonly number[]) {
    this.#more = more;
    this.#firstRows = firstRows;
  }

  async narrow(chunkIndex: number, _: unknown, mask: Uint8Array): Promise<void> {
    const first = this.#firstRows[chunkIndex]!;
    const wanted = new Uint8Array(mask.length);
    for (;;) {
      while (this.#next < this.#held.length) {
        const row = this.#held[this.#next]! - first;
        if (row >= mask.length) break;
        // Below 0: of a chunk that could not be read.
        if (row >= 0) wanted[row] = 1;
        this.#next++;
      }
      if (this.#next < this.#held.length) break;
      const more = await this.#more.next();
      if (more.done === true) break;
      [this.#held, this.#next] = [more.value, 0];
    }
    for (let row = 0; row < mask.length; row++) mask[row]! &= wanted[row]!;
  }
}

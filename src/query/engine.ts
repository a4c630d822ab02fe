/**
 * SQL over a recording: DuckDB in memory with the recording's views, and nothing else.
 *
 * The recording is not loaded: table functions read the columns and the chunks a query needs
 * (event-scan.ts). Before the first query DuckDB is locked up: no file, no network, no
 * extension, no setting. Text of a query can therefore come from anywhere.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import type { Connection } from '@duckdb/node-bindings';
import { FormatError, UserError } from '../format/errors.ts';
import type { Recording } from '../format/recording.ts';
import { columnTable } from './column-table.ts';
import { createEventReader } from './event-reader.ts';
import type { EventReader } from './event-reader.ts';
import { eventScan } from './event-scan.ts';
import { createEventEnums, eventScanColumns } from './event-scan-columns.ts';
import type { FileSource } from './file-source.ts';
import { recordingEndNs } from './recording-facts.ts';
import { sideTables } from './side-tables.ts';
import { createSiteLookup } from './site-lookup.ts';
import { spanColumns } from './span-rows.ts';
import { spanScan } from './span-scan.ts';
import { sqlError } from './sql-error.ts';
import { registerTableFunction } from './table-function.ts';
import { viewStatements } from './views/views.ts';

export interface QueryEngine {
  /**
   * Run the statements of a text, one after the other.
   *
   * A statement runs when its result is asked for and is to be read before the next: rows
   * are made while they are fetched.
   *
   * @throws UserError with DuckDB's message; FormatError when the recording is damaged
   */
  run(sql: string): AsyncGenerator<DuckDBResult, void, undefined>;
  /** Stop the statement that is running; it fails. */
  interrupt(): void;
  /** The recording's source stays open; it is the caller's. */
  close(): void;
}

/**
 * Open an engine on a recording as it is now; what is appended later is not seen.
 *
 * @param source - what the recording was opened from
 * @throws FormatError `bad-value`
 */
export async function openEngine(
  recording: Recording,
  source: Pick<FileSource, 'readSync'>,
): Promise<QueryEngine> {
  return openEngineOver(recording, createEventReader(recording, source));
}

/** As {@link openEngine}, with events from anywhere. */
export async function openEngineOver(
  recording: Recording,
  reader: EventReader,
): Promise<QueryEngine> {
  const sites = createSiteLookup(recording.sites);
  const enums = createEventEnums(recording.dictionaries);
  const tables = sideTables(recording, enums, sites);
  const columns = eventScanColumns(enums, sites, recording.dictionaries);
  // A query larger than memory is put here; DuckDB makes the folder when it needs it.
  const spillPath = join(tmpdir(), `xgotop-query-${randomUUID()}`);
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: spillPath,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const failures: unknown[] = [];
  const removeSpill = (): void => rmSync(spillPath, { recursive: true, force: true });
  // Whoever leaves without closing (a closed pipe) does not leave it behind either.
  process.once('exit', removeSpill);
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
    process.off('exit', removeSpill);
    removeSpill();
  };
  try {
    const handle = nativeHandle(connection);
    const functions = [
      eventScan(recording, columns, reader),
      spanScan(recording, spanColumns(enums), reader),
      ...tables.map(columnTable),
    ];
    for (const scan of functions) {
      registerTableFunction(handle, scan, (error) => failures.push(error));
    }
    for (const sql of viewStatements(recordingEndNs(recording))) await connection.run(sql);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
  } catch (error) {
    close();
    throw error;
  }
  return {
    async *run(sql) {
      failures.length = 0;
      try {
        yield* runStatements(connection, sql);
      } catch (error) {
        const damage = failures.find((failure) => failure instanceof FormatError);
        throw damage ?? sqlError(error);
      }
    },
    interrupt: () => connection.interrupt(),
    close,
  };
}

async function* runStatements(
  connection: DuckDBConnection,
  sql: string,
): AsyncGenerator<DuckDBResult, void, undefined> {
  const handle = nativeHandle(connection);
  const { extracted_statements, statement_count } = await extractStatements(handle, sql);
  for (let index = 0; index < statement_count; index++) {
    const prepared = new DuckDBPreparedStatement(
      await bindings.prepare_extracted_statement(handle, extracted_statements, index),
    );
    try {
      yield await prepared.stream();
    } finally {
      prepared.destroySync();
    }
  }
}

/** @throws Error with DuckDB's message; UserError when there is nothing to run */
async function extractStatements(
  handle: Connection,
  sql: string,
): ReturnType<typeof bindings.extract_statements> {
  const extracted = await bindings.extract_statements(handle, sql);
  if (extracted.statement_count > 0) return extracted;
  let message: string;
  try {
    message = bindings.extract_statements_error(extracted.extracted_statements);
  } catch (cause) {
    // There is no message to fetch: the text is blank, or a comment.
    throw new UserError('there is no SQL statement to run', undefined, { cause });
  }
  throw new Error(message);
}

/** The bindings' connection, which the API holds privately; table functions need it. */
function nativeHandle(connection: DuckDBConnection): Connection {
  return (connection as unknown as { connection: Connection }).connection;
}

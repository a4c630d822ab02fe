/**
 * Reads recordings with ClickHouse and prints every value that it finds, as read-recordings.py does.
 *
 *     node read-with-clickhouse.mjs Arrow|ArrowStream FILE...
 *
 * A process of its own, since the engine is in it. Rows come in any order.
 */
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../.cache/clickhouse/package.json', import.meta.url));
const { query } = require('chdb');
const [format, ...paths] = process.argv.slice(2);

function read(path) {
  const file = `'${path.replaceAll("'", "\\'")}', '${format}'`;
  try {
    const answer = query(
      `SELECT * FROM file(${file}) SETTINGS output_format_json_quote_64bit_integers = 1`,
      'JSONCompact',
    );
    const { meta, data } = JSON.parse(String(answer));
    return {
      columns: Object.fromEntries(
        meta.map(({ name }, column) => [name, data.map((row) => String(row[column]))]),
      ),
      types: Object.fromEntries(meta.map(({ name, type }) => [name, type])),
    };
  } catch (error) {
    return { error: error.message };
  }
}

process.stdout.write(JSON.stringify(Object.fromEntries(paths.map((path) => [path, read(path)]))));

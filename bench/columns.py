"""Bytes of each column of a recording, raw and by zstd level 1, as JSON; for bench/columns.mjs.

A column is compressed chunk by chunk, as Arrow's own compression of a batch would.
"""
import json
import sys

import pyarrow as pa

codec = pa.Codec("zstd", compression_level=1)
columns, rows = {}, 0
with pa.memory_map(sys.argv[1]) as source:
    file = pa.ipc.open_file(source)
    for number in range(file.num_record_batches):
        batch = file.get_batch(number)
        rows += batch.num_rows
        for name, column in zip(batch.schema.names, batch.columns if batch.num_rows else []):
            values = (column.indices if pa.types.is_dictionary(column.type) else column).buffers()[1]
            raw, packed = columns.get(name, (0, 0))
            columns[name] = raw + values.size, packed + codec.compress(values).size
    json.dump({"rows": rows, "columns": columns, "bytes": source.size()}, sys.stdout)

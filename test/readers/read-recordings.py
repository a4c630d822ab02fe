"""Reads recordings with one reader and prints every value that it finds, as JSON.

    read-recordings.py READER FILE...

For each file: `columns`, values by name as strings, so that no integer is rounded on the way;
`types`, as the reader calls them; and `error`, where the reader stopped.
Readers of a stream are given what follows byte 8 of the file (docs/format.md, "Layout").
"""
import json
import sys


def told(table):
    """Of a pyarrow table."""
    names = table.column_names
    columns = {name: [str(value) for value in table[name].to_pylist()] for name in names}
    return {"columns": columns, "types": {name: str(table.schema.field(name).type) for name in names}}


def told_frame(frame):
    """Of a data frame of pandas or polars."""
    columns = {name: [str(value) for value in frame[name].to_list()] for name in frame.columns}
    return {"columns": columns, "types": {name: str(frame[name].dtype) for name in frame.columns}}


def pyarrow_file(path):
    import pyarrow as pa

    with pa.memory_map(path) as file:
        table = pa.ipc.open_file(file).read_all()
        table.validate(full=True)
        return told(table)


def pyarrow_stream(path):
    """Batch by batch, so that those before an error count."""
    import pyarrow as pa

    reader, batches, error = pa.ipc.open_stream(pa.OSFile(path)), [], None
    while True:
        try:
            batches.append(reader.read_next_batch())
        except StopIteration:
            break
        except (OSError, pa.ArrowInvalid) as caught:
            error = f"{type(caught).__name__}: {caught}"
            break
    table = pa.Table.from_batches(batches, reader.schema)
    table.validate(full=True)
    return {**told(table), **({"error": error} if error else {})}


def pyarrow_dataset(path):
    import pyarrow.dataset as dataset

    return told(dataset.dataset(path, format="ipc").to_table())


def pandas_feather(path):
    import pandas

    return told_frame(pandas.read_feather(path))


def pandas_stream(path):
    import pyarrow as pa

    return told_frame(pa.ipc.open_stream(pa.OSFile(path)).read_pandas())


def polars_file(path):
    import polars

    return told_frame(polars.read_ipc(path))


def polars_stream(path):
    import polars

    return told_frame(polars.read_ipc_stream(path))


def polars_lazy(path):
    """A filter and a projection, which polars pushes into the scan."""
    import polars

    wanted = polars.scan_ipc(path).filter(polars.col("goid") > 0).select("time_ns", "event", "func")
    return told_frame(wanted.collect())


def duckdb_file(path):
    import duckdb
    import pyarrow.dataset as dataset

    events = dataset.dataset(path, format="ipc")
    return told(duckdb.sql("SELECT * FROM events").to_arrow_table())


def duckdb_stream(path):
    import duckdb
    import pyarrow as pa

    events = pa.ipc.open_stream(pa.OSFile(path))
    return told(duckdb.sql("SELECT * FROM events").to_arrow_table())


def datafusion_file(path):
    import datafusion

    return told(datafusion.SessionContext().read_arrow(path).to_arrow_table())


def datafusion_stream(path):
    import datafusion

    return told(datafusion.SessionContext().read_arrow(path, file_extension=".arrows").to_arrow_table())


def nanoarrow_stream(path):
    import nanoarrow
    import pyarrow as pa

    return told(pa.table(nanoarrow.ArrayStream.from_readable(open(path, "rb")).read_all()))


def read(reader, path):
    try:
        return reader(path)
    except BaseException as error:  # a panic of Rust's is no Exception
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    reader = globals()[sys.argv[1]]
    json.dump({path: read(reader, path) for path in sys.argv[2:]}, sys.stdout)

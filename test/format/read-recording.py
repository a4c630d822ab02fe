"""Reads a recording with pyarrow and polars and prints every value as JSON.

    read-recording.py FILE file|stream|cut|polars|scan

Values are strings, so that no integer is rounded on the way.
"""
import json
import sys

path, how = sys.argv[1:]


def with_pyarrow(batches):
    import pyarrow as pa

    table = pa.Table.from_batches(batches)
    table.validate(full=True)
    return {name: [str(value) for value in table[name].to_pylist()] for name in table.column_names}


def stream_batches(is_torn):
    import pyarrow as pa

    with open(path, "rb") as file:
        file.seek(8)
        reader = pa.ipc.open_stream(file)
        while True:
            try:
                yield reader.read_next_batch()
            except StopIteration:
                return
            except (OSError, pa.ArrowInvalid):
                if is_torn:
                    return
                raise


def with_polars(frame):
    return {name: [str(value) for value in frame[name].to_list()] for name in frame.columns}


if how == "file":
    import pyarrow as pa

    file = pa.ipc.open_file(path)
    rows = with_pyarrow([file.get_batch(index) for index in range(file.num_record_batches)])
elif how == "stream":
    rows = with_pyarrow(list(stream_batches(False)))
elif how == "cut":
    rows = with_pyarrow(list(stream_batches(True)))
elif how == "polars":
    import polars

    rows = with_polars(polars.read_ipc(path))
else:
    import polars

    rows = with_polars(polars.scan_ipc(path).collect())

json.dump(rows, sys.stdout)

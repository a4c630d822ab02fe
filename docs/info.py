"""What is in a recording, read by docs/format.md alone, as `xgotop info --json` says it.

    python3 docs/info.py run.arrow          needs pyarrow, and nothing of xgotop
"""
import json
import sys
from collections import Counter

import pyarrow as pa


def messages(path):
    """Metadata of the schema, then metadata and body of each batch up to the last whole one."""
    keys = lambda metadata: {key.decode()[7:]: value.decode() for key, value in (metadata or {}).items()}
    with pa.memory_map(path) as rows_of, pa.memory_map(path) as bodies_of:
        rows_of.seek(8), bodies_of.seek(8)  # "Layout": a stream from byte 8 on
        batches, raw = pa.ipc.open_stream(rows_of), pa.ipc.MessageReader.open_stream(bodies_of)
        yield keys(batches.schema.metadata), None
        while True:
            try:
                metadata = batches.read_next_batch_with_custom_metadata()[1]
                body = next(message.body for message in raw if message.type == "record batch")
            except (StopIteration, OSError, pa.ArrowInvalid):
                return
            yield keys(metadata), body


def info(path):
    (meta, _), *batches = messages(path)
    chunks, events, lost = [], Counter(), Counter()
    parts = {"goroutines": [], "processes": [], "end": []}
    for about, body in batches:
        name = about.get("part")
        if name is None:
            chunks.append(about)
            events.update(json.loads(about["events"]))
            lost.update(json.loads(about["lost"]))
        elif name in parts:
            rows = pa.ipc.open_stream(body.slice(0, int(about["bytes"]))).read_all().to_pylist()
            parts[name] = (parts[name] if about["delta"] == "1" else []) + rows
    end = {row["key"]: row["value"] for row in parts["end"]}
    latest = {(row["pid"], row["started_ns"]): row for row in parts["processes"]}
    latest = latest or {0: {"pid": int(meta["pid"]), "comm": meta["comm"]}}  # older than the part
    before = int(chunks[0]["goroutines"]) if chunks else len(parts["goroutines"])
    return {
        **{key: meta[key] for key in "program comm go_version arch host kernel offsets start_unix_ns".split()},
        **{"pid": int(meta["pid"]), "command": json.loads(meta["command"]), "launched": meta["launched"] == "1"},
        **{"groups": meta["groups"].split(","), "history": json.loads(meta.get("history", "[]"))},
        "duration_ns": max([int(end.get("ended_ns", 0))] + [int(chunk["max_ns"]) for chunk in chunks]),
        "chunks": len(chunks),
        "events": {name: count for name, count in sorted(events.items()) if count},
        "goroutines": {"before": before, "created": events["go_create"], "exited": events["go_exit"]},
        "lost": {cause: count for cause, count in sorted(lost.items()) if count},
        "processes": [{"pid": row["pid"], "comm": row["comm"]} for row in latest.values()],
        "end": end.get("reason"),
    }


json.dump(info(sys.argv[1]), sys.stdout, indent=2)

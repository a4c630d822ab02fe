"""What is in a recording, read by docs/format.md alone, as `xgotop info --json` says it.

    python3 docs/info.py run.arrow          needs pyarrow, and nothing of xgotop
"""
import json
import sys

import pyarrow as pa


def messages(path):
    """Metadata, body and rows of each batch, up to the last whole one (docs/format.md, "Layout")."""
    with pa.memory_map(path) as rows_of, pa.memory_map(path) as bodies_of:
        rows_of.seek(8), bodies_of.seek(8)
        batches, raw = pa.ipc.open_stream(rows_of), pa.ipc.MessageReader.open_stream(bodies_of)
        while True:
            try:
                batch, metadata = batches.read_next_batch_with_custom_metadata()
                body = next(m.body for m in raw if m.type == "record batch")
            except (StopIteration, OSError, pa.ArrowInvalid):
                return
            yield {k.decode(): v.decode() for k, v in (metadata or {}).items()}, body, batch


def read(path):
    """Schema metadata, facts of the chunks, rows of the parts."""
    chunks, parts = [], {}
    for metadata, body, batch in messages(path):
        name = metadata.get("xgotop.part")
        if name is None:
            counts = {key: json.loads(metadata[f"xgotop.{key}"]) for key in ("events", "lost")}
            numbers = {key: int(metadata[f"xgotop.{key}"]) for key in ("max_ns", "goroutines")}
            chunks.append({"rows": batch.num_rows, **counts, **numbers})
        elif name not in ("checkpoint", "index"):
            table = pa.ipc.open_stream(body.slice(0, int(metadata["xgotop.bytes"]))).read_all()
            kept = parts.get(name, []) if metadata["xgotop.delta"] == "1" else []
            parts[name] = kept + table.to_pylist()
    with pa.memory_map(path) as file:
        file.seek(8)
        schema = pa.ipc.open_stream(file).schema
    return {k.decode()[7:]: v.decode() for k, v in schema.metadata.items()}, chunks, parts


def info(path):
    meta, chunks, parts = read(path)
    end = {row["key"]: row["value"] for row in parts.get("end", [])}
    latest = {(p["pid"], p["started_ns"]): p for p in parts.get("processes", [])}
    latest = latest or {0: {"pid": int(meta["pid"]), "comm": meta["comm"]}}  # older than the part
    total = lambda key, name: sum(chunk[key].get(name, 0) for chunk in chunks)
    names = sorted({name for chunk in chunks for name in chunk["events"]})
    causes = sorted({name for chunk in chunks for name in chunk["lost"]})
    before = chunks[0]["goroutines"] if chunks else len(parts.get("goroutines", []))
    return {
        **{key: meta[key] for key in ("program", "comm", "go_version", "arch", "host", "kernel")},
        **{"pid": int(meta["pid"]), "command": json.loads(meta["command"]), "launched": meta["launched"] == "1"},
        **{"groups": meta["groups"].split(","), "start_unix_ns": meta["start_unix_ns"], "offsets": meta["offsets"]},
        "duration_ns": max([int(end.get("ended_ns", 0))] + [chunk["max_ns"] for chunk in chunks]),
        "chunks": len(chunks),
        "events": {name: total("events", name) for name in names},
        "goroutines": {"before": before, "created": total("events", "go_create"), "exited": total("events", "go_exit")},
        "lost": {cause: total("lost", cause) for cause in causes},
        "processes": [{"pid": p["pid"], "comm": p["comm"]} for p in latest.values()],
        "end": end.get("reason"),
    }


json.dump(info(sys.argv[1]), sys.stdout, indent=2)

"""The answers about one checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import typer

from retorch import checkpoints
from retorch.checkpoints import Checkpoint, find_checkpoint, open_checkpoint
from retorch.cli._answers import print_json, print_table
from retorch.cli._exits import ExitCode, say
from retorch.errors import UsageError

_FORMS: dict[str, Literal["safetensors", "torch"]] = {"safetensors": "safetensors", "pt": "torch"}


def show(path: Path, *, label: str | None, as_json: bool) -> ExitCode:
    """Print what a checkpoint holds; reads its manifest only."""
    checkpoint = open_checkpoint(find_checkpoint(path, label), verify=False)
    if as_json:
        print_json(facts_of(checkpoint))
        return ExitCode.CLEAN
    typer.echo("\n".join(headline(checkpoint)) + "\n")
    parts = facts_of(checkpoint)["parts"]
    print_table(
        ["part", "kind", "tensors", "bytes"],
        [[part["name"], part["kind"], str(len(part["tensors"])), f"{part['bytes']:,}"] for part in parts],
    )
    tensors = [(part["name"], tensor) for part in parts for tensor in part["tensors"]]
    if tensors:
        typer.echo("")
        print_table(["part", "tensor", "shape", "dtype", "bytes"], [_row(part, tensor) for part, tensor in tensors])
    return ExitCode.CLEAN


def verify(path: Path, *, label: str | None, as_json: bool) -> ExitCode:
    """Check every byte and print what is wrong."""
    folder = find_checkpoint(path, label)
    problems = checkpoints.verify(folder)
    if as_json:
        print_json({"checkpoint": str(folder), "whole": not problems, "problems": problems})
    else:
        typer.echo("\n".join(problems) if problems else f"{folder} is whole: every checksum is right")
    return ExitCode.FOUND if problems else ExitCode.CLEAN


def export(path: Path, *, label: str | None, out: Path | None, form: str | None, part: str, force: bool) -> ExitCode:
    """Write one part to one file."""
    form = form or ("pt" if out is not None and out.suffix in {".pt", ".pth"} else "safetensors")
    out = out or Path(f"{part}.{form}")
    refuse_other_ending(out, form)
    if out.exists() and not force:
        raise UsageError(f"{out} exists and is not overwritten; name another file with --out, or give --force")
    folder = find_checkpoint(path, label)
    checkpoints.export(folder, out, part=part, form=_FORMS[form], overwrite=force)
    say(f"{part} of {folder} is in {out}")
    return ExitCode.CLEAN


def refuse_other_ending(out: Path, form: str) -> None:
    """Refuse a file whose ending promises another form than it gets.

    Raises:
        UsageError: it does.
    """
    promised = {".safetensors": "safetensors", ".pt": "pt", ".pth": "pt"}.get(out.suffix, form)
    if promised != form:
        raise UsageError(f"{out} would be written as {form}; give it the ending .{form}, or leave --form away")


def facts_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what a checkpoint's manifest says, as plain values."""
    manifest = checkpoint.manifest
    parts = [
        {"name": name, "kind": record["kind"], "bytes": 0, "tensors": list(_tensors(record["tensors"]))}
        for name, record in manifest.parts.items()
    ]
    for part in parts:
        part["bytes"] = sum(tensor["bytes"] for tensor in part["tensors"])
    return {
        "checkpoint": str(checkpoint.path),
        "name": checkpoint.name,
        "labels": list(checkpoint.labels),
        "position": checkpoint.position,
        "time": manifest.time,
        "versions": manifest.versions,
        "bytes": checkpoint.size_bytes,
        "files": {name: sum_.size_bytes for name, sum_ in manifest.files.items()},
        "parts": parts,
    }


def headline(checkpoint: Checkpoint) -> list[str]:
    """Return the lines above the tables."""
    manifest = checkpoint.manifest
    plain = {name: value for name, value in checkpoint.position.items() if isinstance(value, int | float | str)}
    lines = {
        "checkpoint": str(checkpoint.path),
        "position": ", ".join(f"{name} {value}" for name, value in plain.items()),
        "labels": ", ".join(checkpoint.labels),
        "written": f"{manifest.time} by " + ", ".join(f"{name} {text}" for name, text in manifest.versions.items()),
        "size": f"{checkpoint.size_bytes:,} bytes in {len(manifest.files)} files",
    }
    return [f"{name:<10}  {text}" for name, text in lines.items() if text]


def _tensors(records: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for name, record in records.items():
        twin = record.get("same_as")
        own = records[twin] if twin else record
        first, end = own["place"]
        yield {
            "name": name,
            "shape": own["shape"],
            "dtype": own["dtype"],
            "numbers": math.prod(own["shape"]),
            "bytes": 0 if twin else end - first,
            "same_as": twin,
        }


def _row(part: str, tensor: dict[str, Any]) -> list[str]:
    name = f"{tensor['name']} (same as {tensor['same_as']})" if tensor["same_as"] else tensor["name"]
    return [part, name, str(tensor["shape"]), tensor["dtype"], f"{tensor['bytes']:,}"]

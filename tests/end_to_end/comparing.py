"""Everything that a killed and resumed run must share with an unbroken one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from retorch.runs import repeatable_facts

# When, and the sum over a manifest that says when.
_OCCASION = ("time", "checksum")


def facts(folder: Path, *, checkpoints: Collection[str] | None = None) -> dict[str, Any]:
    """Gather what is repeatable in a run folder, as a flat mapping from a place to a value that can be compared.

    Args:
        folder: the run folder.
        checkpoints: the names of those to look into; None for the last and the best.
    """
    run = repeatable_facts(folder)
    found: dict[str, Any] = {f"run.json {name}": value for name, value in json.loads(run["info"]).items()}
    found |= {f"record {row[0]}": row[1:] for row in run["metrics"]}
    words, ids = run["entries"]
    found |= {"entries": words.hex()} | {f"samples of step {step}": samples for step, samples in enumerate(ids)}
    found |= {f"state {step} {stage} {number}": what for step, stage, number, *what in run["states"]}
    good = good_checkpoints(folder)
    names = [one.name for one in (good[-1], *_labelled_best(good))] if checkpoints is None else checkpoints
    chosen = [one for one in good if one.name in names]
    for checkpoint in chosen:
        found |= {f"{checkpoint.name}/{place}": value for place, value in _facts_of(checkpoint).items()}
    found |= {picture.name: _digest(picture.read_bytes()) for picture in sorted(folder.glob("curves.*"))}
    return found


def good_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, oldest first, less those that were moved aside because they are damaged."""
    return sorted(path for path in (folder / "checkpoints").iterdir() if not path.name.startswith((".", "damaged-")))


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], most: int = 12) -> list[str]:
    """Return a line for each place in which two sets of facts differ; the first few of them."""
    lines = [
        f"{place}: {_short(expected.get(place))} in the unbroken run, {_short(found.get(place))} in the resumed one"
        for place in [*expected, *(found.keys() - expected.keys())]
        if expected.get(place) != found.get(place)
    ]
    return lines[:most] + ([f"... and {len(lines) - most} more"] if len(lines) > most else [])


def leftovers(folder: Path) -> list[str]:
    """Return what nobody will need again: files written aside, and folders on their way out."""
    return [str(path.relative_to(folder)) for path in folder.rglob(".*")]


def superfluous(folder: Path, unbroken: Path) -> list[str]:
    """Return the names of good checkpoints that the unbroken run does not have."""
    return sorted({one.name for one in good_checkpoints(folder)} - {one.name for one in good_checkpoints(unbroken)})


def _labelled_best(checkpoints: list[Path]) -> list[Path]:
    return [path for path in checkpoints if "best" in json.loads((path / "manifest.json").read_text())["labels"]][-1:]


def _facts_of(checkpoint: Path) -> dict[str, Any]:
    found = {}
    for file in sorted(checkpoint.iterdir()):
        if file.name == "manifest.json":
            manifest = json.loads(file.read_text())
            found |= {f"manifest {name}": value for name, value in manifest.items() if name not in _OCCASION}
            continue
        if file.suffix == ".json":
            found |= _leaves(json.loads(file.read_text()), file.name)
        found[file.name] = _digest(file.read_bytes())
    return found


def _leaves(tree: Any, place: str) -> dict[str, Any]:
    """Take a tree apart, so that a difference has a place."""
    if isinstance(tree, dict) and tree:
        return {leaf: value for key, part in tree.items() for leaf, value in _leaves(part, f"{place} {key}").items()}
    if isinstance(tree, list) and tree:
        return {leaf: value for key, part in enumerate(tree) for leaf, value in _leaves(part, f"{place} {key}").items()}
    return {place: tree}


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}..."

"""Which parts, and which names of a module, a restore takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retorch.checkpoints._manifest import Manifest
from retorch.checkpoints._modules import ModulePart, under
from retorch.checkpoints._part import LivePart, Part
from retorch.errors import CheckpointMismatch, UsageError


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken.

    Attributes:
        names: the parts to read, sorted.
        prefixes: for modules of which only a part is taken, the prefixes of the names taken.
    """

    names: list[str]
    prefixes: dict[str, tuple[str, ...]]


def choose(where: str, manifest: Manifest, live: Mapping[str, LivePart], only: Sequence[str] | None) -> Choice:
    """Check what is asked for against what is there, and sort out what `only` means.

    Raises:
        CheckpointMismatch: the checkpoint lacks a part, or holds another kind of thing under its name.
        UsageError: a live part is a plain value, or `only` names nothing or leaves a live part out.
    """
    for part in live.values():
        _check_kind(where, manifest, part)
    if only is None:
        return Choice(sorted(manifest.parts), {})
    if isinstance(only, str):
        raise UsageError(f'only={only!r} is one string; give a list: only=["{only}"]')
    names, prefixes = set(), dict[str, tuple[str, ...]]()
    for entry in only:
        if entry in manifest.parts:
            names.add(entry)
        else:
            for part_name, prefix in _modules_with(entry, where, manifest, live):
                names.add(part_name)
                prefixes[part_name] = (*prefixes.get(part_name, ()), prefix)
    _check_nothing_is_left_out(live, names, only)
    # A module that is named whole as well is taken whole.
    return Choice(sorted(names), {name: found for name, found in prefixes.items() if name not in only})


def check_alive(part: Part) -> LivePart:
    """Refuse a plain value where an object is needed."""
    if isinstance(part, LivePart):
        return part
    raise UsageError(
        f"{part.name}= was given a plain {type(part.value).__name__}, which has no load_state_dict to restore it with. "
        f"Leave {part.name}= out: what was saved under this name is in the dict that is returned"
    )


def _check_kind(where: str, manifest: Manifest, part: LivePart) -> None:
    if part.name not in manifest.parts:
        raise CheckpointMismatch(
            f"checkpoint {where} has no part {part.name!r}; it holds {', '.join(sorted(manifest.parts))}. Leave "
            f"{part.name}= out, or give it under the name that it was saved with. Nothing was changed."
        )
    kind = manifest.parts[part.name]["kind"]
    if kind != part.kind:
        raise CheckpointMismatch(
            f"checkpoint {where} holds a part {part.name!r} of the kind {kind}, and the {type(part.value).__name__} "
            f"given is of the kind {part.kind}. Leave {part.name}= out to get what was saved in the dict that is "
            f"returned. Nothing was changed."
        )


def _modules_with(entry: str, where: str, manifest: Manifest, live: Mapping[str, LivePart]) -> list[tuple[str, str]]:
    """Return (part, prefix) for each live module with saved names under `entry`, or under `entry` less the part."""
    found = []
    for name, part in live.items():
        if isinstance(part, ModulePart):
            for prefix in dict.fromkeys((entry.removeprefix(f"{name}."), entry)):
                if any(under(saved, prefix) for saved in manifest.parts[name]["tensors"]):
                    found.append((name, prefix))
                    break
    if not found:
        raise UsageError(
            f"only={entry!r} names nothing in checkpoint {where}. It holds the parts "
            f"{', '.join(sorted(manifest.parts))}{_tops(manifest, live)}"
        )
    return found


def _tops(manifest: Manifest, live: Mapping[str, LivePart]) -> str:
    tops = {
        f"{name}.{saved.partition('.')[0]}": None
        for name, part in live.items()
        if isinstance(part, ModulePart)
        for saved in manifest.parts[name]["tensors"]
    }
    return f"; in the modules given: {', '.join(list(tops)[:20])}" if tops else ""


def _check_nothing_is_left_out(live: Mapping[str, LivePart], names: set[str], only: Sequence[str]) -> None:
    left_out = [name for name in live if name not in names]
    if left_out:
        raise UsageError(
            f"only={list(only)!r} leaves out {', '.join(map(repr, left_out))}, which was given to be restored. "
            f"Name it in `only` too, or do not give it"
        )

"""Restore live parts from a checkpoint: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from retorch.checkpoints._choice import check_alive, choose
from retorch.checkpoints._kinds import part_of
from retorch.checkpoints._manifest import Manifest
from retorch.checkpoints._misfit import Misfit, explain
from retorch.checkpoints._part import LivePart, State
from retorch.checkpoints._reading import read_states
from retorch.errors import CheckpointMismatch, notice


@dataclass(frozen=True, slots=True)
class _Plan:
    """What will be done to one live part."""

    part: LivePart
    state: State
    prefixes: tuple[str, ...]
    misfit: Misfit


def restore(
    folder: Path, manifest: Manifest, parts: Mapping[str, Any], *,
    only: Sequence[str] | None, strict: bool, device: str | torch.device,
) -> dict[str, Any]:  # fmt: skip
    """Read, verify and compare everything wanted, then change the live parts; on any failure put them back.

    Returns:
        What the checkpoint holds under names that `parts` does not have: values, and state dicts.
    """
    live = {name: check_alive(part_of(name, value)) for name, value in parts.items()}
    where, target = repr(manifest.name), torch.device(device)
    choice = choose(where, manifest, live, only)
    states = read_states(folder, manifest, choice.names, lambda name: torch.device("cpu") if name in live else target)
    plans = [_plan(part, states[name], choice.prefixes.get(name, ())) for name, part in live.items()]
    misfits = [plan.misfit for plan in plans if plan.misfit]
    if misfits and strict:
        raise CheckpointMismatch(explain(where, misfits))
    _apply(where, plans, target)
    for misfit in misfits:
        _tell(misfit)
    return {name: state.main for name, state in states.items() if name not in live}


def _plan(part: LivePart, state: State, prefixes: tuple[str, ...]) -> _Plan:
    return _Plan(part, state, prefixes, part.compare(state, prefixes))


def _apply(where: str, plans: Sequence[_Plan], device: torch.device) -> None:
    undos = [plan.part.undo() for plan in plans]
    for number, plan in enumerate(plans):
        try:
            plan.part.restore(plan.state, plan.misfit, plan.prefixes, device)
        except BaseException as error:
            notes = [*_put_back(plans[: number + 1], undos)]
            if not isinstance(error, Exception):
                raise  # Ctrl-C stays what it is
            name, type_name = plan.part.name, type(plan.part.value).__name__
            mismatch = CheckpointMismatch(
                f"checkpoint {where}: part {name!r} ({type_name}) did not take its state: "
                f"{type(error).__name__}: {error}. Every part was put back to what it was"
            )
            for note in notes:
                mismatch.add_note(note)
            raise mismatch from error


def _put_back(plans: Sequence[_Plan], undos: Sequence[Callable[[], None]]) -> list[str]:
    """Undo what was done, the last first; return a sentence for each part that refuses its own old state."""
    notes = []
    for plan, undo in reversed(list(zip(plans, undos, strict=False))):
        try:
            undo()
        # One part that fails, or a second Ctrl-C, must not keep the others changed.
        except BaseException as error:  # noqa: BLE001
            notes.append(f"part {plan.part.name!r} did not take its own old state back: {error!r}")
    return notes


def _tell(misfit: Misfit) -> None:
    lines = "\n".join(f"  {line}" for line in misfit.lines())
    notice(f"strict=False left out of part {misfit.part!r} what does not fit:\n{lines}")

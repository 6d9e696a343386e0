"""Where two records part: `first_parting`. Reads both side by side; replays nothing, loads no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from retorch.comparison._difference import First, Phase
from retorch.runs import (
    COLUMNS,
    RecordedState,
    RecordFacts,
    StepEntries,
    read_entries,
    read_metrics,
    read_record_facts,
    read_sample_ids,
    read_states,
)

_MOST_PIECES = 200

# In a step: which of the things that a record holds is made first, and what a difference in it tells.
_COLUMNS: dict[str, tuple[int, Phase, str]] = {
    "samples": (1, "data", "the order of the samples"),
    "batch": (2, "data", "the batch"),
    "loss": (4, "forward", "the loss"),
    "values": (6, "backward", "the metrics logged in the step"),
}
_STAGES: dict[str, tuple[int, Phase, str]] = {
    "forward": (3, "forward", "the output of a module"),
    "backward": (5, "backward", "a gradient"),
    "optimizer": (7, "optimizer", "a parameter after the step"),
    "validation starts": (8, "optimizer", "a weight after the step"),
    "validation ends": (9, "validation", "a weight after the validation"),
    "step": (10, "optimizer", "the state after the step"),
    "checkpoint": (10, "optimizer", "the state after the step"),
    "start": (-1, "start", "the state before the first step"),
}


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """The first thing that two records hold differently.

    Attributes:
        step: in which it was made, from 0; -1 for what is there before the first step.
        rank: orders what is made in one step.
        epoch: from 0.
        phase: in which it was made, as far as the record tells.
        detail: what it is, in words.
        tensor: its name, where it has one.
        seen: the column or stage in which it was seen.
    """

    step: int
    rank: int
    epoch: int
    phase: Phase
    detail: str
    tensor: str | None
    seen: str

    def first(self) -> First:
        """Say what the record alone tells."""
        return First(
            step=max(self.step, 0),
            epoch=self.epoch,
            phase=self.phase,
            detail=self.detail,
            tensor=self.tensor,
            exact=self.step < 0 or self.seen in ("samples", "batch"),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What the two records say together.

    Attributes:
        parting: where they part first, None where they agree in all that both hold.
        compared: how many steps both hold.
        strip: pieces (first step, steps, "equal" | "different" | "unknown").
        notes: what could not be compared.
        facts: of each record.
    """

    parting: Sighting | None
    compared: int
    strip: tuple[tuple[int, int, str], ...]
    notes: tuple[str, ...]
    facts: tuple[RecordFacts, RecordFacts]


def read_together(a: Path, b: Path) -> Reading:
    """Compare two records.

    Raises:
        RunFolderError: one of them is no run, or is damaged.
    """
    facts = read_record_facts(a), read_record_facts(b)
    entries = read_entries(a), read_entries(b)
    alike = facts[0].algorithm == facts[1].algorithm
    # Keys alone are no difference: what is drawn shows in the batch, the loss and the state, and what is not drawn,
    # such as from a stream that nobody seeded and nobody uses, changes nothing.
    columns = tuple(_COLUMNS) if alike else ("samples",)
    compared = min(_end(one) for one in entries)
    differs, known = _compare_entries(*entries, columns, compared)
    found = list(_from_entries(*entries, columns, differs))
    limit = min((one.step for one in found), default=2**62)
    if alike:
        found += _from_states(a, b, limit)
    found += _from_metrics(a, b, limit, everything=min(map(_end, entries)) == 0)
    parting = min(found, default=None)
    if parting is not None and parting.seen == "batch":
        parting = _with_batch_detail(parting, a, b)
    notes = (*_notes(facts, entries), *(_about_parts(a, b) if alike and parting is None else ()))
    return Reading(parting, compared, _strip(differs, known, parting), notes, facts)


def _end(entries: StepEntries) -> int:
    return entries.first + len(entries.words)


def _compare_entries(
    a: StepEntries, b: StepEntries, columns: tuple[str, ...], end: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each step and column whether it differs, and whether both sides know it: bool [steps, columns]."""
    sides = [one.words[: max(end - one.first, 0)] for one in (a, b)]
    if a.first or b.first:
        sides = [_padded(words, one.first) for words, one in zip(sides, (a, b), strict=True)]
    chosen = [COLUMNS.index(name) for name in columns]
    left, right = sides[0][:, chosen], sides[1][:, chosen]
    known = (left != 0) & (right != 0)
    return known & (left != right), known


def _padded(words: np.ndarray, first: int) -> np.ndarray:
    return np.concatenate([np.zeros((first, len(COLUMNS)), np.uint64), words])


def _from_entries(a: StepEntries, b: StepEntries, columns: tuple[str, ...], differs: np.ndarray) -> Iterator[Sighting]:
    del b
    if not differs.any():
        return
    step = int(differs.any(1).argmax())
    epoch = int(a.words[step - a.first, 0]) >> 32
    for number in np.flatnonzero(differs[step]):
        rank, phase, detail = _COLUMNS[columns[number]]
        tensor = columns[number] if columns[number] in ("batch", "loss") else None
        yield Sighting(step, rank, epoch, phase, detail, tensor, columns[number])


def _from_states(a: Path, b: Path, limit: int) -> Iterator[Sighting]:
    """Yield the first difference among the states of the first moment at which a common state differs."""
    # A state after n steps was made in step n - 1; those inside step n carry n.
    for moment, left, right in _side_by_side(a, b, limit + 2):
        found = [one for state in left.values() for one in _from_state(state, right.get(_key(state)))]
        found += [one for side in (left, right) for one in _from_own_validation(side, left, right)]
        if found:
            yield min(found)
            if moment >= min(found).step + 1:
                return


_Moment = dict[tuple[str, int], RecordedState]


def _side_by_side(a: Path, b: Path, end: int) -> Iterator[tuple[int, _Moment, _Moment]]:
    left, right = _moments(a, end), _moments(b, end)
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        if one[0] == other[0]:
            yield one[0], one[1], other[1]
            one, other = next(left, None), next(right, None)
        elif one[0] < other[0]:
            one = next(left, None)
        else:
            other = next(right, None)


def _moments(run: Path, end: int) -> Iterator[tuple[int, _Moment]]:
    for step, states in groupby(read_states(run, 0, end), key=lambda state: state.step):
        yield step, {_key(state): state for state in states}


def _key(state: RecordedState) -> tuple[str, int]:
    return state.stage, state.number


def _from_state(a: RecordedState, b: RecordedState | None) -> Iterator[Sighting]:
    if b is None or (a.names == b.names and np.array_equal(a.fingerprints, b.fingerprints)):
        return
    name = _first_unlike(a, b)
    if name is None:
        return
    rank, phase, detail = _STAGES[a.stage]
    step = a.step if a.stage in ("forward", "backward", "optimizer") else a.step - 1
    yield Sighting(step, rank, a.epoch, phase, detail, name, a.stage)


def _first_unlike(a: RecordedState, b: RecordedState) -> str | None:
    left, right = a.by_name(), b.by_name()
    unlike = (name for name in a.names if name in right and right[name] != left[name])
    # The numbers of an optimizer or a scheduler stand under the name of the part alone. They compute nothing: where
    # they make a difference it shows in what is computed with them.
    return next((name for name in unlike if "." in name), None)


def _about_parts(a: Path, b: Path) -> Iterator[str]:
    """Say which parts without tensors hold something else, where nothing that was computed differs."""
    told: set[str] = set()
    for moment, left, right in _side_by_side(a, b, 2**62):
        for key, state in left.items():
            there = {} if key not in right else right[key].by_name()
            here = state.by_name()
            for name in [name for name in here if "." not in name and there.get(name, here[name]) != here[name]]:
                if name not in told:
                    told.add(name)
                    yield f"the state of {name!r} differs from step {moment} on, and nothing came of it in these steps"


def _from_own_validation(side: _Moment, a: _Moment, b: _Moment) -> Iterator[Sighting]:
    """A validation of one run that changed its weights, where the other did none there or changed nothing."""
    for (stage, number), after in side.items():
        before = side.get(("validation starts", number))
        if stage != "validation ends" or before is None or before.names != after.names:
            continue
        other = b if side is a else a
        there = other.get(("validation ends", number)), other.get(("validation starts", number))
        both = there[0] is not None and there[1] is not None
        if both and not np.array_equal(there[0].fingerprints, there[1].fingerprints):  # type: ignore[union-attr]
            continue
        if not np.array_equal(before.fingerprints, after.fingerprints):
            rank, phase, detail = _STAGES[stage]
            yield Sighting(after.step - 1, rank, after.epoch, phase, detail, _first_unlike(before, after), stage)


def _from_metrics(a: Path, b: Path, limit: int, *, everything: bool) -> Iterator[Sighting]:
    """Yield the first metric that differs."""
    # Those of a step are in its entry already, where there are entries.
    besides = None if everything else "train"
    right = {(row.step, row.phase, row.name): row.value for row in read_metrics(b, besides=besides)}
    for row in read_metrics(a, besides=besides):
        if row.step > limit + 1:
            return
        there = right.get((row.step, row.phase, row.name), row.value)
        if not _same(row.value, there):
            phase: Phase = "forward" if row.phase == "train" else "validation"
            # Means of an epoch are made of values that differ before; a validation's are made of the weights.
            rank = 20 if row.phase == "epoch" else 11 if row.phase == "validation" else 6
            step = row.step if row.phase == "train" else row.step - 1
            yield Sighting(step, rank, row.epoch, phase, f"the metric {row.name!r} of {row.phase}", row.name, "metrics")
            return


def _same(a: float, b: float) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (math.isnan(a) and math.isnan(b))
    return a == b


def _with_batch_detail(parting: Sighting, a: Path, b: Path) -> Sighting:
    ids = read_sample_ids(a, parting.step), read_sample_ids(b, parting.step)
    if ids[0] is None or ids[0] != ids[1]:
        return parting
    detail = "the same samples with other content: their augmentation, or the data itself"
    return Sighting(parting.step, parting.rank, parting.epoch, "data", detail, "batch", "batch")


def _strip(differs: np.ndarray, known: np.ndarray, parting: Sighting | None) -> tuple[tuple[int, int, str], ...]:
    if not len(differs):
        return ()
    words = np.where(differs.any(1), 2, np.where(known.any(1), 1, 0))
    if parting is not None and 0 <= parting.step < len(words):
        words[parting.step] = 2
    edges = np.flatnonzero(np.diff(words)) + 1
    starts = [0, *edges.tolist()]
    ends = [*edges.tolist(), len(words)]
    pieces = [
        (start, end - start, ("unknown", "equal", "different")[words[start]])
        for start, end in zip(starts, ends, strict=True)
    ]
    if len(pieces) <= _MOST_PIECES:
        return tuple(pieces)
    kept = pieces[: _MOST_PIECES - 1]
    rest = kept[-1][0] + kept[-1][1]
    return (*kept, (rest, len(words) - rest, "different"))


def _notes(facts: tuple[RecordFacts, RecordFacts], entries: tuple[StepEntries, StepEntries]) -> Iterator[str]:
    for name, one in zip("AB", facts, strict=True):
        if one.level == "off":
            yield f"{name} was recorded at the level 'off': only its metrics could be compared"
    if facts[0].algorithm != facts[1].algorithm and all(one.algorithm for one in facts):
        yield (
            f"the fingerprints were made in two ways ({facts[0].algorithm} and {facts[1].algorithm}: on the CPU and on "
            f"an accelerator), so only orders and metrics could be compared"
        )
    levels = {one.level for one in facts} - {"off"}
    if len(levels) > 1:
        yield "one was recorded at the level 'light', the other 'full': what both hold was compared"
    ends = [_end(one) for one in entries]
    if ends[0] != ends[1]:
        yield f"A holds {ends[0]} steps and B {ends[1]}: the first {min(ends)} were compared"

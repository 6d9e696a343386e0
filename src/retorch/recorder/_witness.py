"""`Witness`: sees what each step of a run is made of, and writes it down as fingerprints.

What it costs a step decides whether it can stay on: read `close_step` first. Nothing waits for the device; a
fingerprint that an accelerator computes is fetched when it is ready, or when the record is committed.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import xxhash
from torch import Tensor

from retorch.events import Hub, State, StateRecorded, StepRecorded
from retorch.fingerprints import Later, can_fingerprint, fingerprint_batch, fingerprint_batch_later, fingerprint_later
from retorch.recorder._activations import Activations, Seen
from retorch.recorder._entries import Word, fingerprint_ids, ids_of, read_word
from retorch.recorder._level import Level
from retorch.recorder._losses import hear_losses, stop_hearing
from retorch.recorder._parts import parameters_of, settings_of, state_of, weights_of
from retorch.recorder._recorder import Recorder
from retorch.recorder._updates import Updates


class Witness:
    """Watches the parts of one run, from `begin` to `end`.

    Args:
        recorder: takes what is written down.
        hub: hears of what was written down, where somebody listens.
        now: where the run stands.
        level: "light" or "full".
        every: a whole state is taken each time that so many steps are completed.
    """

    def __init__(self, recorder: Recorder, hub: Hub, now: State, *, level: Level, every: int) -> None:
        self._recorder = recorder
        self._hub = hub
        self._now = now
        self._level = level
        self._every = every
        self._parts: Mapping[str, Any] = {}
        self._batch: Word = 0
        self._samples: int = 0
        self._ids: Any = None
        self._losses: list[float] = []
        self._odd_losses: list[Later] = []
        self._values: list[float] = []
        self._inside = False
        self._activations: Activations | None = None
        self._updates: Updates | None = None
        self._numbers: dict[tuple[int, str], int] = {}
        self._at = (0, 0)
        self._state_at = -1
        self._begun = False

    def begin(self, parts: Mapping[str, Any], *, step: int, epoch: int, fresh: bool) -> None:
        """Begin to watch, where the run starts (`fresh`) or goes on."""
        self._parts = parts
        self._at = (step, epoch)
        self._recorder.note_record(level=self._level, every=self._every, devices=_devices(parts), step=step,
                                   settings=settings_of(parts))  # fmt: skip
        self._numbers = {(step, stage): count for stage, count in self._recorder.count_stages(step).items()}
        self.go_on()
        if fresh:
            self.take_state("start", step, epoch)

    def go_on(self) -> None:
        """Watch, where nothing is watched any more: a walk over epochs has ended the run, and another one begins."""
        if self._begun:
            return
        self._begun = True
        hear_losses(self._hear)
        if self._level == "full":
            self._activations = Activations(self._parts)
            self._updates = Updates(self._parts, self._note_gradients, self._note_parameters)

    def end(self) -> None:
        """Watch no longer. Calling it again does nothing."""
        if not self._begun:
            return
        self._begun = False
        stop_hearing(self._hear)
        if self._activations is not None:
            self._activations.remove()
        if self._updates is not None:
            self._updates.remove()

    def open_step(self, batch: Any, indices: Sequence[Any], step: int, epoch: int) -> None:
        """A step begins with this batch, or these micro-batches; `indices` are the ids of the samples in each."""
        self._at = (step, epoch)
        self._inside = True
        self._ids = ids_of(indices)
        self._samples = fingerprint_ids(self._ids)
        first = batch[0] if type(batch) in _SEQUENCES and batch else batch
        on_device = isinstance(first, Tensor) and not first.is_cpu
        self._batch = fingerprint_batch_later(batch) if on_device else fingerprint_batch(batch)
        self._losses.clear()
        self._values.clear()
        if self._activations is not None:
            self._activations.start()

    def add_batch(self, batch: Any) -> None:
        """The step takes one more batch."""
        # Its tensors may lie on a device.
        self._batch = _joined([self._batch, fingerprint_batch_later(batch)])

    def note_values(self, values: Mapping[str, Any]) -> None:
        """Metrics were logged in the step, in this order. Those that an accelerator holds are only in the metrics."""
        for value in values.values():
            if type(value) is float:
                self._values.append(value)
            elif isinstance(value, Tensor) and value.is_cpu and value.numel() == 1:
                self._values.append(float(value.detach().item()))

    def close_step(self, step: int, epoch: int, place: int, key: int) -> None:
        """The step is complete; `step` is its number."""
        self._inside = False
        loss: Word = _hash(self._losses)
        if self._odd_losses:
            loss = self._odd_losses[0] if len(self._odd_losses) == 1 else _joined([loss, *self._odd_losses])
            self._odd_losses = []
        logged = _hash(self._values)
        entry = (place, self._batch, self._samples, key, loss, logged)
        self._recorder.add_entry(entry, self._ids)
        if self._hub.wants(StepRecorded):
            self._hub.emit(StepRecorded(self._now, step, tuple(map(read_word, entry))))
        if self._activations is not None:
            self._note_activations(self._activations.stop())
        if (step + 1) % self._every == 0:
            self.take_state("step", step + 1, epoch)
        self._at = (step + 1, epoch)

    def take_state(self, stage: str, step: int, epoch: int) -> None:
        """Write down fingerprints of all that the parts hold, after `step` steps."""
        tensors, others = state_of(self._parts)
        names = (*tensors, *others)
        rest = [fingerprint_batch(value) for value in others.values()]
        self._add(stage, step, epoch, names, [fingerprint_later(list(tensors.values())), *rest])
        self._state_at = step

    def checkpoint(self, step: int, epoch: int, point: int) -> None:
        """A checkpoint is taken at a safe point: write the state down, unless that was just done.

        `point` counts the safe points since the last step. Between two of them the loop may step a scheduler, so they
        tell the states at checkpoints apart.
        """
        if self._state_at != step or point:
            self._numbers[step, "checkpoint"] = point
            self.take_state("checkpoint", step, epoch)

    @contextmanager
    def validating(self, step: int, epoch: int) -> Iterator[None]:
        """Write down the weights before and after a validation, which must not change them."""
        if not self._begun:
            yield
            return
        inside, self._inside = self._inside, False
        watching = None if self._activations is None else self._activations.pause()
        self._take_weights("validation starts", step, epoch)
        try:
            yield
        finally:
            self._inside = inside
            if watching is not None and self._activations is not None:
                self._activations.go_on(watching)
            self._take_weights("validation ends", step, epoch)

    def _take_weights(self, stage: str, step: int, epoch: int) -> None:
        weights = weights_of(self._parts)
        self._add(stage, step, epoch, tuple(weights), [fingerprint_later(list(weights.values()))])

    def _hear(self, roots: Sequence[Tensor]) -> None:
        if not self._inside:
            return
        if self._activations is not None:
            self._note_activations(self._activations.stop())
            self._activations.start()
        for root in roots:
            if root.is_cpu and root.numel() == 1 and root.is_floating_point():
                self._losses.append(root.item())
            elif can_fingerprint(root):
                self._odd_losses.append(fingerprint_later([root]))

    def _note_activations(self, seen: Seen) -> None:
        names, fingerprints = seen
        if names:
            self._add("forward", *self._at, names, fingerprints)

    def _note_gradients(self, optimizer: Any) -> None:
        if self._inside:
            names = self._names_of(optimizer)
            gradients = {name: p.grad for name, p in names.items() if p.grad is not None and can_fingerprint(p.grad)}
            self._add("backward", *self._at, tuple(gradients), [fingerprint_later(list(gradients.values()))])

    def _note_parameters(self, optimizer: Any) -> None:
        if self._inside:
            names = {name: p for name, p in self._names_of(optimizer).items() if can_fingerprint(p)}
            self._add("optimizer", *self._at, tuple(names), [fingerprint_later(list(names.values()))])

    def _names_of(self, optimizer: Any) -> dict[str, Tensor]:
        held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        return {name: parameter for name, parameter in parameters_of(self._parts).items() if id(parameter) in held}

    def _add(self, stage: str, step: int, epoch: int, names: Sequence[str], fingerprints: Sequence[Word]) -> None:
        number = self._numbers.get((step, stage), 0)
        if number == 0:
            self._numbers = {place: count for place, count in self._numbers.items() if place[0] >= step}
        self._numbers[step, stage] = number + 1
        self._recorder.add_state((step, stage, number, epoch), tuple(names), list(fingerprints))
        if self._hub.wants(StateRecorded):
            state = self._recorder.newest_state()
            self._hub.emit(StateRecorded(self._now, step, stage, number, state.names, state.words))


_SEQUENCES = (list, tuple)


def _hash(numbers: list[float]) -> int:
    """Return the fingerprint of float64 numbers, 0 for none. One number is the usual case."""
    if not numbers:
        return 0
    return xxhash.xxh3_64_intdigest(_ONE(numbers[0]) if len(numbers) == 1 else array("d", numbers).tobytes()) or 1


_ONE = struct.Struct("=d").pack


def _joined(words: Sequence[Word]) -> Word:
    """Join several into one; where one is still being computed this waits, which only odd loops come to."""
    numbers = [word if isinstance(word, int) else int(word.read()[0]) for word in words]
    return xxhash.xxh3_64_intdigest(b"".join(number.to_bytes(8, "little") for number in numbers)) or 1


def _devices(parts: Mapping[str, Any]) -> set[str]:
    return {tensor.device.type for tensor in weights_of(parts).values()}

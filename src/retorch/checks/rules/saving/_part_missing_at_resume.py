"""A training goes on from a checkpoint of which a part was left in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakSet, ref

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import FileLoaded, ScalerCalled, SchedulerStepped, StateLoaded, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.saving._parts_of_a_checkpoint import (
    CheckpointFacts,
    OptimizerEntry,
    first_values,
    read_facts_of,
)
from retorch.checks.rules.saving._walk import walk


class PartMissingAtResume(Rule):
    """A training goes on from a checkpoint, and the optimizer, the scheduler or the scaler in it was not loaded.

    Why it matters: Adam begins again with empty moments and its first large steps, momentum is gone, the learning rate
    is that of the first epoch, the scaler searches its scale anew and skips steps. The loss
    jumps at each resume, and the run is not the one that was interrupted.

    When it is fine: fine-tuning from a full checkpoint. With another optimizer, other settings or another learning rate
    it is taken for that and not reported, nor is a return to the best weights within one run.

    Wrong: `model.load_state_dict(checkpoint["model"])`, and the next line begins to train, while the file holds
    `checkpoint["optimizer"]`.

    Right: `optimizer.load_state_dict(checkpoint["optimizer"])`, and the same for the scheduler and the scaler.

    Reported: https://github.com/NVlabs/stylegan2-ada-pytorch/issues/108,
    https://github.com/kevinzakka/recurrent-visual-attention/issues/8
    """

    name = "part-missing-at-resume"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._files: list[CheckpointFacts] = []
        self._from: WeakIdKeyDictionary = WeakIdKeyDictionary()  # tensors of a file: its facts, and the optimizer's
        self._stepped: WeakSet[Optimizer] = WeakSet()
        self._scaled: WeakSet[Any] = WeakSet()

    @sees(FileLoaded)
    def read(self, seen: FileLoaded) -> None:
        """Read what a file holds."""
        facts = read_facts_of(seen.value)
        if facts is None:
            return
        self._files.append(facts)
        entries = {entry.key: entry for entry in facts.optimizers}
        for key, part in seen.value.items():
            for _, tensor in walk(part):
                if isinstance(tensor, Tensor):
                    self._from[tensor] = facts, entries.get(str(key))

    @sees(StateLoaded)
    def follow(self, seen: StateLoaded) -> None:
        """Take note of which parts are loaded into what."""
        if isinstance(seen.owner, Optimizer):
            for facts in self._files:
                facts.is_resumed |= id(seen.state.get("param_groups")) in facts.groups
        origin = self._origin(seen.state) if self._files else None
        if origin is None:
            return
        facts, entry = origin
        if isinstance(seen.owner, nn.Module):
            if not seen.missing and not seen.unexpected:
                facts.modules.append(ref(seen.owner))
                facts.site = seen.site
        elif entry is not None:
            entry.is_settled = facts.is_resumed = True
            facts.site = facts.site if facts.modules else seen.site

    @sees(StepBegins)
    def judge_first_step(self, seen: StepBegins) -> Iterator[Finding]:
        """Judge the first step of an optimizer after a part of a file was loaded."""
        if self._files and seen.optimizer not in self._stepped:
            for facts in self._files:
                yield from self._judge_optimizer(facts, seen.optimizer)
                yield from self._judge_weights(facts, seen.optimizer)
                facts.has_stepped = facts.has_stepped or facts.is_resumed
        self._stepped.add(seen.optimizer)

    @sees(SchedulerStepped)
    def judge_scheduler(self, seen: SchedulerStepped) -> Iterator[Finding]:
        """Judge the first step of a scheduler after the training went on; what comes before winds it forward."""
        for facts in self._files:
            if facts.is_resumed and facts.has_stepped and facts.epochs:
                before, facts.epochs = facts.epochs, 0
                if getattr(seen.scheduler, "last_epoch", 0) == 1:
                    yield self._found(
                        facts,
                        "a scheduler",
                        f"the file holds one that was at {before}, and {type(seen.scheduler).__name__} begins at 0",
                        "scheduler.load_state_dict(checkpoint[...])",
                    )

    @sees(ScalerCalled)
    def judge_scaler(self, seen: ScalerCalled) -> Iterator[Finding]:
        """Judge the first loss that a scaler scales after the training went on."""
        if seen.act != "scale" or seen.scaler in self._scaled:
            return
        self._scaled.add(seen.scaler)
        begins = getattr(seen.scaler, "_init_scale", None)  # as loaded, without waiting for the device
        for facts in self._files:
            saved, facts.scaler = facts.scaler, {}
            if facts.is_resumed and saved and saved["scale"] != begins and _is_as_saved(seen.scaler, saved):
                yield self._found(
                    facts,
                    "a gradient scaler",
                    f"the file holds one that scales by {saved['scale']:g}, and {type(seen.scaler).__name__} begins at "
                    f"{begins:g}",
                    "scaler.load_state_dict(checkpoint[...])",
                )

    def _judge_optimizer(self, facts: CheckpointFacts, optimizer: Optimizer) -> Iterator[Finding]:
        loaded = {id(parameter) for module in facts.modules if (alive := module()) for parameter in alive.parameters()}
        held = held_by(optimizer)
        if not any(id(parameter) in loaded for parameter in held):
            return
        begins_anew = not any(map(len, optimizer.state.values()))  # a copy of what the file holds may have been loaded
        for entry in facts.optimizers:
            if begins_anew and not entry.is_settled and entry.is_of(optimizer):
                entry.is_settled = facts.is_resumed = True
                yield self._found(
                    facts,
                    "an optimizer",
                    f"the file holds {entry.key!r} with a state for {len(entry.shapes)} parameters, and "
                    f"{type(optimizer).__name__} with the same settings begins without any",
                    f"optimizer.load_state_dict(checkpoint[{entry.key!r}])",
                )
                return

    def _judge_weights(self, facts: CheckpointFacts, optimizer: Optimizer) -> Iterator[Finding]:
        if not facts.is_resumed or facts.modules or facts.has_stepped or not facts.weights:
            return
        parameters = held_by(optimizer)
        saved = [facts.weights.get(tuple(parameter.shape), set()) for parameter in parameters]
        if all(saved) and not any(
            first_values(parameter) in values for parameter, values in zip(parameters, saved, strict=True)
        ):
            yield self._found(
                facts,
                "the weights",
                f"the file holds tensors of the shapes of all {len(parameters)} parameters, and none of them is "
                "in the model",
                "model.load_state_dict(checkpoint[...])",
            )

    def _origin(self, state: Mapping[str, Any]) -> tuple[CheckpointFacts, OptimizerEntry | None] | None:
        known = (self._from.get(tensor) for _, tensor in walk(state) if isinstance(tensor, Tensor))
        return next((origin for origin in known if origin is not None), None)

    def _found(self, facts: CheckpointFacts, part: str, evidence: str, remedy: str) -> Finding:
        were = "were" if part == "the weights" else "was"
        return self.finding(
            facts.site,
            f"training goes on from a checkpoint, and {part} in it {were} not loaded",
            evidence=evidence,
            remedy=remedy,
        )


def _is_as_saved(scaler: Any, saved: Mapping[str, Any]) -> bool:
    settings = {"growth_factor", "backoff_factor", "growth_interval"}
    return scaler.is_enabled() and all(getattr(scaler, f"_{name}", None) == saved[name] for name in settings)

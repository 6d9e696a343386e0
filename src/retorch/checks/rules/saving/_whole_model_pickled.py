"""A model is saved with its class instead of its weights."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._observations import FileSaved
from retorch.checks._rule import Rule, sees
from retorch.checks.rules.saving._walk import walk


class WholeModelPickled(Rule):
    """`torch.save` was given a model, not its `state_dict()`.

    Why it matters: the file holds a reference to the class by module and name. It cannot be read after the class was
    moved or renamed, or from another script; attributes that were added later are missing; and since torch 2.6
    `torch.load` refuses it unless told `weights_only=False`, with which a file may run any code.

    When it is fine: for a file that the same code reads soon, such as a hand-over between two processes.

    Wrong: `torch.save(model, "model.pt")`.

    Right: `torch.save(model.state_dict(), "model.pt")`, and `model.load_state_dict(torch.load("model.pt"))`.

    Reported: https://github.com/pytorch/pytorch/issues/18325
    """

    name = "whole-model-pickled"
    grade = "advice"

    @sees(FileSaved)
    def judge(self, seen: FileSaved) -> Iterator[Finding]:
        """Judge what was saved, also inside of a dictionary."""
        found = [(path, value) for path, value in walk(seen.value) if isinstance(value, nn.Module)]
        if found:
            path, model = found[0]
            yield self.finding(
                seen.site,
                "this saves the model with its class, not its weights",
                evidence=f"{f'checkpoint{path} is' if path else 'it was given'} a {type(model).__qualname__} of "
                f"{type(model).__module__}; the file can be read only where that can be imported",
                remedy="torch.save(model.state_dict(), ...)",
            )

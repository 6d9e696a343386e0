"""Padding that counts in the loss."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleMade, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of, tensors_in
from retorch.checks.rules.losses._values import has_shape, has_two_in_a_row
from retorch.lines import Site

_LOSSES = {"cross_entropy": nn.CrossEntropyLoss, "nll_loss": nn.NLLLoss}


class PaddingInTheLoss(Rule):
    """Targets that are nothing but padding count in the loss.

    Why it matters: the model earns a low loss by telling where padding follows padding. The shown loss is too good, and
    the gradients are about the padding as much as about the text.

    When it is fine: where the same token also ends a text, and is to be said time and again.

    Wrong: `nn.Embedding(1000, 64, padding_idx=0)` and `nn.CrossEntropyLoss()` over targets that end in 0, 0, 0; the
    same over targets that `pad_sequence` made.

    Right: `nn.CrossEntropyLoss(ignore_index=0)`.
    """

    name = "padding-in-the-loss"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made_at: WeakKeyDictionary[nn.Module, Site] = WeakKeyDictionary()
        # The index of the padding, by the number of tokens in a table.
        self._padding: dict[int, int] = {}
        # With what `pad_sequence` filled a tensor up.
        self._filled: Flow[float] = Flow()

    @sees(ModuleMade)
    def remember(self, seen: ModuleMade) -> None:
        """Remember where a loss was built."""
        if isinstance(seen.module, tuple(_LOSSES.values())):
            self._made_at[seen.module] = seen.site

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge targets by the padding of a table of as many tokens, or by what filled them up."""
        name = name_of(seen.function)
        if name == "embedding" and seen.kwargs.get("padding_idx") is not None and len(seen.args) > 1:
            count = seen.args[1].shape[0]
            self._padding[count] = seen.kwargs["padding_idx"] % count
        elif name == "pad_sequence" and len(seen.args) > 2:
            if len({len(sequence) for sequence in tensors_in(seen.args[0])}) > 1:
                self._filled.mark(seen.result, seen.args[2])
        elif name in _LOSSES:
            if len(seen.args) > 1 and seen.kwargs.get("reduction") != "none" and seen.kwargs.get("weight") is None:
                yield from self._judge_targets(seen, *seen.args[:2])
        elif name != "__getitem__" or not has_shape(seen.args[1]):  # a mask takes the padding out
            self._filled.follow(seen)

    def _judge_targets(self, seen: OperationDone, scores: Tensor, targets: Tensor) -> Iterator[Finding]:
        classes = scores.shape[1] if scores.dim() > 1 else 0
        if targets.is_floating_point():
            return
        filled = self._filled.of(targets)
        padding = self._padding.get(classes) if filled is None else int(filled)
        if padding is None or not 0 <= padding < classes or seen.kwargs.get("ignore_index") == padding:
            return
        # One at the end of a text may be meant to be learned; two in a row are there to fill.
        if has_two_in_a_row(targets, padding):
            how = "pad_sequence put them there" if filled is not None else "the padding_idx of the embedding"
            yield self.finding(
                self._line(seen),
                "padding counts in the loss",
                evidence=f"targets {tuple(targets.shape)} hold runs of {padding}, {how}; ignore_index is "
                f"{seen.kwargs.get('ignore_index')}",
                remedy=f"ignore_index={padding}",
            )

    def _line(self, seen: OperationDone) -> Site:
        return (self._made_at.get(seen.inside[-1]) if seen.inside else None) or seen.site

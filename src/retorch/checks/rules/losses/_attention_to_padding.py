"""An attention to steps that are only padding."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._padded import Padding


class AttentionToPadding(Rule):
    """An attention over padded sequences is not told which steps are padding.

    Why it matters: each step also attends to the padding. What comes out for a sample depends on how long the others in
    its batch are, and alone it gets another answer.

    When it is fine: with any mask of the attention, such as a causal one, and padding at the end, this check is silent;
    also where all sequences of a batch are equally long.

    Wrong: `nn.TransformerEncoder(layer, 2)(embed(padded))`.

    Right: `nn.TransformerEncoder(layer, 2)(embed(padded), src_key_padding_mask=padded == 0)`.
    """

    name = "attention-to-padding"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._padding = Padding.of(scene)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Follow padding, and judge the keys of an attention: time first, whatever the module was given."""
        self._padding.follow(seen)
        if name_of(seen.function) == "multi_head_attention_forward" and len(seen.args) > 1:
            keys = self._padding.padded.of(seen.args[1])
            masks = [seen.kwargs.get(name) for name in ("key_padding_mask", "attn_mask")]
            if keys and keys.axis == 0 and masks == [None, None]:
                yield self.finding(
                    seen.site,
                    "the attention is not told which steps are padding, and attends to them",
                    evidence=f"{keys}; no mask was given",
                    remedy="key_padding_mask=..., True where there is padding; src_key_padding_mask=... of a "
                    "TransformerEncoder",
                )

"""Features or classes on the last axis, where axis 1 is taken for them."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of, tensors_in
from retorch.checks.rules.losses._values import has_shape, range_of_sums

# These put what they learn on the last axis.
_MAKING = frozenset({"embedding", "gru", "layer_norm", "linear", "lstm", "rnn_relu", "rnn_tanh"})
_KEEPING = frozenset({
    "__add__", "bfloat16", "clone", "contiguous", "dropout", "float", "gelu", "half", "leaky_relu", "log_softmax",
    "relu", "relu_", "sigmoid", "silu", "softmax", "tanh", "to",
})  # fmt: skip
_CLASSIFYING = frozenset({"cross_entropy", "nll_loss"})
_COMPARING = frozenset({"cosine_similarity", "normalize"})
_CLOSE = 0.05


class FeaturesOnAnotherAxis(Rule):
    """A loss or a layer takes axis 1 for the classes or features, and they are on the last one.

    Why it matters: `cross_entropy`, `nn.Conv1d` and `nn.BatchNorm1d` want (N, C, T), `cosine_similarity` and
    `normalize` go along axis 1 where they are not told another one. A linear layer gives (N, T, C). Where T happens to
    be C, or the targets are one-hot, it runs: the steps of a sequence compete with each other instead of the classes.

    When it is fine: where the steps shall compete, or a layer was given the steps as its features on purpose.

    Wrong: `F.cross_entropy(logits, one_hot)` of two (N, T, C); `F.normalize(linear(x))` of (N, T, C).

    Right: `F.cross_entropy(logits.transpose(1, 2), one_hot.transpose(1, 2))`; `F.normalize(linear(x), dim=-1)`.
    """

    name = "features-on-another-axis"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._last: Flow[str] = Flow(_KEEPING)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into something that takes axis 1."""
        name = name_of(seen.function)
        if name in _MAKING:
            for made in tensors_in(seen.result):
                if made.dim() > 2:
                    self._last.mark(made, name)
        elif name in _KEEPING:
            self._last.follow(seen)
        elif seen.args and has_shape(seen.args[0]) and seen.args[0].dim() > 2:
            why = self._why(name, seen, seen.args[0])
            if why:
                yield self._found(name, seen, why)

    def _why(self, name: str, seen: OperationDone, given: Tensor) -> str:
        if name == "cross_entropy" and len(seen.args) > 1 and _are_one_hot_on_the_last(given, seen.args[1]):
            return "the targets sum to one along the last axis, and not along axis 1"
        by = self._last.of(given)
        if by is None or given.dim() != 3:
            return ""
        if name in _COMPARING:
            axis = seen.kwargs.get("dim", seen.args[2] if len(seen.args) > 2 else 1)
            return f"{by} put the features on the last axis" if axis == 1 and seen.kwargs.get("p", 2) == 2 else ""
        if given.shape[1] == given.shape[2] and _takes_axis_one(name, seen):
            return f"{by} put the features on the last axis; it only fits because axis 1 has {given.shape[1]} too"
        return ""

    def _found(self, name: str, seen: OperationDone, why: str) -> Finding:
        what = "classes" if name in _CLASSIFYING else "features"
        return self.finding(
            seen.site,
            f"{name} takes axis 1 for the {what}, and they are on the last axis",
            evidence=f"it got {tuple(seen.args[0].shape)}; {why}",
            remedy="dim=-1" if name in _COMPARING else f"transpose(1, 2) before {name}",
        )


def _takes_axis_one(name: str, seen: OperationDone) -> bool:
    # A convolution of size 1 is how one mixes steps on purpose.
    return name in _CLASSIFYING or name == "batch_norm" or (name == "conv1d" and _size_of_kernel(seen) > 1)


def _size_of_kernel(seen: OperationDone) -> int:
    weight: Tensor = seen.args[1] if len(seen.args) > 1 else seen.kwargs["weight"]
    return weight.shape[2]


def _are_one_hot_on_the_last(given: Tensor, targets: Tensor) -> bool:
    if not targets.is_floating_point() or targets.shape != given.shape:
        return False
    return _are_ones(range_of_sums(targets, -1)) and not _are_ones(range_of_sums(targets, 1))


def _are_ones(sums: tuple[float, float]) -> bool:
    return sums[0] > 1 - _CLOSE and sums[1] < 1 + _CLOSE

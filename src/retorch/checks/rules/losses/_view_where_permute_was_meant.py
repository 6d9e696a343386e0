"""A view or reshape that puts the axes into another order, and the values nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins, FetchBegins, FetchDone, ModuleDone, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of, tensors_in
from retorch.checks.rules.losses._reshapes import changes_the_order, cuts_classes, may_split_rows, moves_samples
from retorch.checks.rules.losses._values import has_shape
from retorch.lines import Site

_RESHAPING = frozenset({"reshape", "reshape_as", "view", "view_as"})
# After these a shift by reshaping is a known trick: the relative positions of Transformer-XL.
_PADDING = frozenset({"cat", "concat", "concatenate", "constant_pad_nd", "hstack", "pad", "vstack"})
_COPYING = frozenset({"clone", "contiguous", "detach", "float", "to"})
_CONVOLVING = frozenset({
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
})  # fmt: skip
_KEEPING_CHANNELS = frozenset({
    "__add__", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "dropout",
    "dropout2d", "elu", "gelu", "group_norm", "leaky_relu", "max_pool1d", "max_pool2d", "relu", "relu_", "relu6",
    "sigmoid", "silu", "tanh",
})  # fmt: skip
_CLASSIFYING = frozenset({"cross_entropy", "log_softmax", "nll_loss"})


@dataclass(frozen=True, slots=True)
class _Cut:
    """A reshape that cuts through the axis of the classes, perhaps."""

    site: Site
    before: tuple[int, ...]


class ViewWherePermuteWasMeant(Rule):
    """`view` or `reshape` changes the order of axes.

    Why it matters: `view` gives the same values in the same order other names: of (N, T, C) as (N, C, T) each row then
    mixes times and channels, of an image (H, W, 3) as (3, H, W) nothing but stripes is left, and of the last states of
    an LSTM (2, N, H) as (N, 2 * H) each sample gets the states of two others. It runs, and it learns badly.

    When it is fine: where the values lie in that order, and the first shape was the wrong one.

    Wrong: `x.view(N, C, T)`; `h_n.view(N, -1)`; `scores.view(-1, C)` of scores (N, C, T).

    Right: `x.permute(0, 2, 1)`; `torch.cat([h_n[-2], h_n[-1]], dim=1)`; `scores.transpose(1, 2).reshape(-1, C)`.

    Reported: https://github.com/zamanzadeh/CARLA/issues/16
    """

    name = "view-where-permute-was-meant"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._padded: Flow[bool] = Flow()
        # Outputs and states of a recurrence that have the samples on axis 1: how many.
        self._states: Flow[int] = Flow((*_COPYING, "__getitem__"))
        self._channels: Flow[bool] = Flow((*_COPYING, *_KEEPING_CHANNELS))
        self._cut: Flow[_Cut] = Flow((*_COPYING, "log_softmax"))
        # In the data, before anything is trained: not said of a script that only plays with shapes.
        self._waiting: list[Finding] = []
        self._is_fetching = False

    @sees(FetchBegins, FetchDone)
    def note(self, seen: FetchBegins | FetchDone) -> None:
        """Take note of whether samples are being made for a batch."""
        self._is_fetching = isinstance(seen, FetchBegins)

    @sees(BackwardBegins)
    def tell(self, _: BackwardBegins) -> Iterator[Finding]:
        """Say what was found in the data: something is trained."""
        yield from self._waiting
        self._waiting.clear()

    @sees(ModuleDone, closely=True)
    def remember(self, seen: ModuleDone) -> None:
        """Remember the last states of recurrences, and the outputs of those whose first axis is time."""
        if isinstance(seen.module, nn.RNNBase) and isinstance(seen.output, tuple) and len(seen.output) == 2:
            outputs, states = seen.output
            first = outputs if has_shape(outputs) and not seen.module.batch_first else ()
            for state in (*tensors_in(first), *tensors_in(states)):
                if state.dim() == 3:
                    self._states.mark(state, state.shape[1])

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge a reshape by its two shapes, and what goes into a loss."""
        name = name_of(seen.function)
        if name in _RESHAPING:
            if seen.args and has_shape(seen.args[0]) and has_shape(seen.result):
                yield from self._judge_reshape(seen, seen.args[0], seen.result)
        elif name in _CLASSIFYING and seen.args:
            yield from self._judge_scores(seen)
        else:
            if name in _PADDING:
                self._padded.mark(seen.result, True)  # noqa: FBT003 - a fact, not a switch
            if name in _CONVOLVING:
                self._channels.mark(seen.result, True)  # noqa: FBT003 - as above
            for flow in (self._padded, self._states, self._channels, self._cut):
                flow.follow(seen)

    def _judge_reshape(self, seen: OperationDone, given: Tensor, made: Tensor) -> Iterator[Finding]:
        before, after = tuple(given.shape), tuple(made.shape)
        samples = self._states.of(given)
        if self._is_permuted(given, before, after):
            found = self._found(seen.site, before, after, "the axes are there, in another order")
            if seen.inside or given.requires_grad:
                yield found
            elif len(before) > 2 or self._is_fetching:
                self._waiting.append(found)
        elif samples and moves_samples(before, after, samples):
            yield self._found(seen.site, before, after, f"the {samples} samples were on axis 1, and are on axis 0 now")
        elif cuts_classes(before, after):
            self._cut.mark(made, _Cut(seen.site, before))
        self._padded.follow(seen)

    def _is_permuted(self, given: Tensor, before: tuple[int, ...], after: tuple[int, ...]) -> bool:
        if not changes_the_order(before, after) or self._padded.of(given):
            return False
        return self._channels.of(given) is not None or not may_split_rows(before, after)

    def _judge_scores(self, seen: OperationDone) -> Iterator[Finding]:
        cut = self._cut.of(seen.args[0])
        if cut is None:
            return
        if name_of(seen.function) == "log_softmax":
            self._cut.follow(seen)
        else:
            after = tuple(seen.args[0].shape)
            yield self._found(cut.site, cut.before, after, f"the {after[1]} classes were on axis 1, not on the last")

    def _found(self, site: Site, before: tuple[int, ...], after: tuple[int, ...], how: str) -> Finding:
        return self.finding(
            site,
            "this gives the axes other names and leaves each value where it is, so that rows get mixed",
            evidence=f"{before} became {after}: {how}",
            remedy="permute or transpose the axes first, then reshape",
        )

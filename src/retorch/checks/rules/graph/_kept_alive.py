"""Graphs of earlier steps that stay alive."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._leaves import AccumulateGrad, node_of
from retorch.checks._observations import AttributeSet, BackwardBegins, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.graph._keepers import keeper_of, line_that_collects, line_that_fills, tensors_with
from retorch.lines import Site, user_frame

_KEY = "retorch.checks: kept alive"
# The loss, what it is summed from, the outputs below it; in the first passes also what lies deeper, as in a queue.
_DEPTH, _WIDTH = 4, 16
_DEEPER, _WIDER, _CLOSE_LOOKS = 24, 96, 8
# So many graphs in a row that outlive their steps are no accident of the last iteration's variables.
_ALIVE = 4
# A mean of an output that somebody keeps is not on the way to the loss, and the output is.
_BELOW = 4
_PASSES = 64
_LOOKED_BACK = 24
_REMEMBERED = 1024


class _Tag:
    """Hangs on a node of the graph, and dies with it.

    Attributes:
        step: of the backward pass that went through the node.
        number: of the node.
        depth: how far it is from the root.
    """

    __slots__ = ("__weakref__", "depth", "number", "step")

    def __init__(self, step: int, number: int, depth: int) -> None:
        self.step = step
        self.number = number
        self.depth = depth


@dataclass(slots=True)
class _Pass:
    """What one backward pass went through.

    Attributes:
        tags: on the upper nodes of its graph.
        numbers: of these nodes.
    """

    tags: list[ref[_Tag]] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)

    def alive(self) -> list[_Tag]:
        """Return the tags whose nodes are still there, those nearest to the root first."""
        return sorted((tag for each in self.tags if (tag := each()) is not None), key=lambda tag: tag.depth)


class GraphsKeptAlive(Rule):
    """Losses or outputs are kept from step to step together with the graphs that computed them.

    Why it matters: `total += loss` makes one graph out of all steps, and `losses.append(loss)` keeps each of them:
    memory grows with every step until it is used up, and adding becomes slower.

    When it is fine: where `backward` will go through these graphs again, with `retain_graph`. Graphs that no `backward`
    has been through yet are not looked at, nor one that the next step replaces.

    Wrong: `total += loss` or `outputs.append(output)` in the training loop.

    Right: `total += loss.item()`, or `total += loss.detach()`, which does not wait for the device.

    Reported: https://github.com/BatsResearch/labelmodels/issues/4
    """

    name = "graphs-kept-alive"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By the line of the backward: its last passes.
        self._passes: dict[Site, deque[_Pass]] = {}
        self._count = 0
        # By number of a node: which operations took its result, and the numbers of theirs.
        self._taken: dict[int, list[tuple[Site, int]]] = {}
        self._told: set[Site] = set()
        # By identity: a module may have a hash of its own.
        self._set_at = WeakIdKeyDictionary()

    @sees(OperationDone)
    def remember(self, seen: OperationDone) -> None:
        """Remember which line computes something from a loss or an output, as a sum does."""
        result = seen.result
        made = node_of(result) if isinstance(result, Tensor) else None
        if made is not None and (result.numel() == 1 or not seen.inside):
            taken = [node for node, _ in made.next_functions if _is_inner(node)]
            site = seen.site if taken else None
            for node in taken:
                self._taken.setdefault(_number(node), []).append((site, _number(made)))  # type: ignore[arg-type]
            while len(self._taken) > _REMEMBERED:
                del self._taken[next(iter(self._taken))]

    @sees(AttributeSet)
    def remember_attribute(self, seen: AttributeSet) -> None:
        """Remember which line gives a module a tensor with a graph, as a running mean."""
        is_looked_for = self._count < _PASSES and not self._told
        if is_looked_for and type(seen.value) is Tensor and node_of(seen.value) is not None:
            self._set_at.setdefault(seen.module, {})[seen.name] = seen.site

    @sees(BackwardBegins)
    def judge(self, seen: BackwardBegins) -> Iterator[Finding]:
        """Tag the graph that is about to be freed, and judge by those of earlier steps."""
        if not seen.accumulates or self._count >= _PASSES:
            return
        self._count += 1
        site = seen.site
        passes = self._passes.setdefault(site, deque(maxlen=_LOOKED_BACK))
        kept: list[list[_Tag]] = []
        if site not in self._told and _are_kept(passes):
            self._told.add(site)
            # What only a cycle of references keeps would have gone by itself.
            gc.collect()
            kept = [tags for each in passes if (tags := each.alive())] if _are_kept(passes) else []
        passes.append(self._tagged(seen.roots))
        if kept:
            yield self._found(site, kept, set().union(*(each.numbers for each in passes)))

    def _tagged(self, roots: tuple[Tensor, ...]) -> _Pass:
        done = _Pass()
        is_close = self._count <= _CLOSE_LOOKS
        for depth, node in _top([node_of(root) for root in roots], is_close=is_close):
            done.numbers.add(_number(node))
            if _KEY not in node.metadata:
                node.metadata[_KEY] = tag = _Tag(self.scene.step, _number(node), depth)
                done.tags.append(ref(tag))
        return done

    def _found(self, backward: Site, kept: list[list[_Tag]], numbers: set[int]) -> Finding:
        site, how = (
            self._by_container(kept)
            or self._by_attribute(kept)
            or self._by_sum(kept, numbers)
            or self._by_container(kept, below=_BELOW)
            or (backward, "something keeps them")
        )
        return self.finding(
            site,
            "graphs of earlier steps are kept alive, and memory grows with every step",
            evidence=f"at the backward at {backward.place} the graphs of the {len(kept)} passes before it were still "
            f"alive: {how}",
            remedy="keep numbers: .item(), or .detach() for tensors",
        )

    def _by_container(self, kept: list[list[_Tag]], below: int = 0) -> tuple[Site, str] | None:
        """Find the list that holds a tensor of an earlier step, and the line that fills it.

        Args:
            kept: the tags of each step.
            below: how far down from the tensor the graph of the step may begin: it keeps something beside the loss.
        """
        wanted = {id(tag) for tags in kept[:-1] for tag in tags}
        found = tensors_with(lambda tensor: _tag_in(tensor, wanted, below) is not None)
        found.sort(key=lambda tensor: _tag_in(tensor, wanted, below).depth)
        frame = user_frame()
        for tensor in found[:_ALIVE]:
            keeper = keeper_of(tensor, frame)
            site = line_that_fills(keeper) if keeper is not None else line_that_collects(frame)
            if site is not None:
                name = keeper.name.removeprefix(".") if keeper is not None else "a list"
                return site, f"{name} keeps a tensor {tuple(tensor.shape)} of each"
        return None

    def _by_attribute(self, kept: list[list[_Tag]]) -> tuple[Site, str] | None:
        """Find the attribute of a module that was computed from itself, through the steps."""
        wanted = {id(tag) for tags in kept[:-1] for tag in tags}
        for module, lines in self._set_at.items():
            for name, site in lines.items():
                value = vars(module).get(name)
                if isinstance(value, Tensor) and _tag_in(value, wanted, _DEEPER) is not None:
                    return site, f"{type(module).__name__}.{name} {tuple(value.shape)} was computed from them"
        return None

    def _by_sum(self, kept: list[list[_Tag]], numbers: set[int]) -> tuple[Site, str] | None:
        """Find the line that took one of the kept numbers into something else than the loss itself."""
        for tags in kept:
            for tag in tags:
                for site, into in self._taken.get(tag.number, ()):
                    if into not in numbers:
                        return site, "this line takes each of them into a sum with a graph of its own"
        return None


def _are_kept(passes: Iterable[_Pass]) -> bool:
    """Tell whether graphs of enough steps are alive."""
    return len({tags[0].step for each in passes if (tags := each.alive())}) >= _ALIVE


def _tag_in(tensor: Tensor, wanted: set[int], below: int) -> Any:
    """Return the first of some tags behind a tensor, at most so many nodes below its own; None for none."""
    found = (node.metadata.get(_KEY) for _, node in _upper([node_of(tensor)], below, _WIDER))
    return next((tag for tag in found if id(tag) in wanted), None)


def _top(nodes: list[Any], *, is_close: bool) -> Iterator[tuple[int, Any]]:
    return _upper(nodes, _DEEPER, _WIDER) if is_close else _upper(nodes, _DEPTH, _WIDTH)


def _upper(nodes: list[Any], deepest: int, widest: int) -> Iterator[tuple[int, Any]]:
    """Yield the upper nodes of a graph, each with its depth."""
    waiting = deque((0, node) for node in nodes if _is_inner(node))
    seen: set[Any] = set()
    while waiting and len(seen) < widest:
        depth, node = waiting.popleft()
        if node not in seen:
            seen.add(node)
            yield depth, node
            if depth < deepest:
                waiting.extend((depth + 1, below) for below, _ in node.next_functions if _is_inner(below))


def _is_inner(node: Any) -> bool:
    return node is not None and not isinstance(node, AccumulateGrad)


def _number(node: Any) -> int:
    return int(node._sequence_nr())  # noqa: SLF001 - the only name that a node has

"""Why two modules that get the same give something else: their settings exchanged one at a time, and tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from retorch.comparison.models._matching import Pair
from retorch.comparison.models._measuring import Tolerance, Verdict, compare_values
from retorch.comparison.models._outputs import Call, Value, Values, is_readable, kept_as_it_is, named_tensors
from retorch.comparison.models._running import Manner, Side
from retorch.tensors import map_tensors

_PLAIN = (bool, int, float, str, tuple, type(None), torch.dtype)
# How many times closer the outputs must come before a setting is named: formulas written in two ways never give the
# same bits.
_CLOSER = 1000.0
# Of a setting that only one of the two has, values that people take.
_USUAL: dict[str, tuple[Any, ...]] = {
    "approximate": ("none", "tanh"),
    "eps": (1e-3, 1e-5, 1e-6, 1e-8, 1e-12),
    "negative_slope": (0.01, 0.1, 0.2),
}
_NO_SETTINGS = frozenset({"training"})


def findings(sides: tuple[Side, Side], pair: Pair, outputs: Verdict, manner: Manner, tolerance: Tolerance) -> list[str]:
    """Say which setting makes the one module give what the other gives, and in which settings they differ.

    Each trial calls a module alone on copies of what it got, with its modes, buffers and settings given back.
    """
    one, other = pair.a.module, pair.b.module
    if one is None or other is None or pair.a.arguments is None or pair.b.arguments is None:
        return []
    unlike = _unlike(one, other)
    said = [f"{name} is {_short(mine)} in A and {_short(theirs)} in B" for name, mine, theirs in unlike]
    trial_b, trial_a = (
        _Trial(side, (call, against), outputs, manner, tolerance)
        for side, call, against in ((sides[1], pair.b, pair.a), (sides[0], pair.a, pair.b))
    )
    for name, mine, _ in unlike:
        if words := trial_b.with_settings({name: mine}):
            return [*said, f"with {name}={_short(mine)} B {words}"]
    if len(unlike) > 1 and (
        words := trial_b.with_settings({name: mine for name, mine, _ in _unlike_hidden(one, other)})
    ):
        return [*said, f"with all settings of A B {words}"]
    if words := trial_b.with_turned_weights():
        return [*said, words.format("B")]
    for trial, module, counterpart, side in ((trial_a, one, other, "A"), (trial_b, other, one, "B")):
        for name, value in _usual(module, counterpart):
            if words := trial.with_settings({name: value}):
                return [*said, f"with {name}={_short(value)} {side} {words}"]
    return said


class _Trial:
    """Calls one module alone and says whether it gives what the other gave."""

    def __init__(
        self, side: Side, calls: tuple[Call, Call], before: Verdict, manner: Manner, tolerance: Tolerance
    ) -> None:
        self._side, (self._call, self._against) = side, calls
        self._before, self._manner, self._tolerance = before, manner, tolerance

    def with_settings(self, settings: dict[str, Any]) -> str:
        """Try with attributes set; "" where it does not help."""
        assert self._call.module is not None
        with _attributes(self._call.module, settings):
            return self._words()

    def with_turned_weights(self) -> str:
        """Try with each square weight transposed."""
        assert self._call.module is not None
        for name, weight in self._call.module.named_parameters():
            if weight.dim() == 2 and weight.shape[0] == weight.shape[1]:
                with _transposed(weight):
                    if words := self._words():
                        return f"with {name} transposed {{}} {words}"
        return ""

    def _words(self) -> str:
        verdict = self._verdict()
        if verdict is None:
            return ""
        if verdict.size is not None and verdict.size.different == 0:
            return "gives the same bits"
        if verdict.agree:
            return f"agrees {self._tolerance}"
        if _is_closer(verdict, self._before):
            assert verdict.size is not None
            return f"comes as close as {verdict.size.max_abs:.3g}" + (
                f" ({verdict.size.max_ulp} ulp)" if verdict.size.max_ulp is not None else ""
            )
        return ""

    def _verdict(self) -> Verdict | None:
        given = self._call_again()
        return None if given is None else compare_values(given, self._against.outputs, self._tolerance)

    def _call_again(self) -> list[Value] | None:
        module, model = self._call.module, self._side.model
        assert module is not None
        assert model is not None
        device = next((one.device for one in (*model.parameters(), *model.buffers())), torch.device("cpu"))
        args, kwargs = map_tensors(self._call.arguments, lambda one: one.clone().to(device))
        values = Values()
        with (
            self._side.around(),
            kept_as_it_is(model, train=self._manner.train, seed=self._manner.seed),
            torch.no_grad(),
        ):
            try:
                result = module(*args, **kwargs)
            except Exception:  # noqa: BLE001 - a setting that the module cannot work with answers the question
                return None
        return [Value(path, values.keep(one)) for path, one in named_tensors(result) if is_readable(one)]


def _is_closer(now: Verdict, before: Verdict) -> bool:
    if now.size is None or now.size.max_abs is None:
        return False
    gap = None if before.size is None else before.size.max_abs
    return gap is not None and now.size.max_abs * _CLOSER <= gap


def _unlike(one: nn.Module, other: nn.Module) -> list[tuple[str, Any, Any]]:
    """Return the plain public attributes that both have and in which they differ."""
    return [found for found in _unlike_hidden(one, other) if not found[0].startswith("_")]


def _unlike_hidden(one: nn.Module, other: nn.Module) -> list[tuple[str, Any, Any]]:
    mine, theirs = vars(one), vars(other)
    return [
        (name, value, theirs[name])
        for name, value in mine.items()
        if (name in theirs and name not in _NO_SETTINGS and _is_plain(value) and _is_plain(theirs[name])
        and type(value) is type(theirs[name]) and value != theirs[name])
        or (name in theirs and _are_functions(value, theirs[name]))
    ]  # fmt: skip


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN)


def _are_functions(value: Any, other: Any) -> bool:
    functions = all(callable(one) and not isinstance(one, (nn.Module, Tensor, type)) for one in (value, other))
    return functions and value is not other


def _usual(module: nn.Module, counterpart: nn.Module) -> Iterator[tuple[str, Any]]:
    for name, values in _USUAL.items():
        if hasattr(module, name) and not hasattr(counterpart, name):
            yield from ((name, value) for value in values if value != getattr(module, name))


@contextmanager
def _attributes(module: nn.Module, settings: dict[str, Any]) -> Iterator[None]:
    before = {name: vars(module)[name] for name in settings}
    vars(module).update(settings)
    try:
        yield
    finally:
        vars(module).update(before)


@contextmanager
def _transposed(weight: Tensor) -> Iterator[None]:
    before = weight.detach().clone()
    weight.data.copy_(before.t())
    try:
        yield
    finally:
        weight.data.copy_(before)


def _short(value: Any) -> str:
    return getattr(value, "__qualname__", None) or repr(value)

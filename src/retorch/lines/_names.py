"""`Names`: what the user's code calls a tensor, found in a frame without running any of that code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from inspect import CO_OPTIMIZED
from itertools import chain, islice
from types import FrameType, ModuleType
from typing import Any

from torch import Tensor, nn

from retorch.lines._expressions import (
    UNKNOWN,
    arguments,
    attributes,
    look_up,
    operands,
    parsed,
    parts_that_can_be_looked_up,
)

_LONGEST_NAME = 48
_PLACES_SEARCHED = 20_000  # a large model has thousands of parameters; a huge list must not stall an error


class Names:
    """The names that a line of the user's code and the frame round it give to tensors.

    It holds the frame's variables, so it must not outlive the report of an error.

    Args:
        frame: the user's frame.
        expression: the source of what it is doing now.
        operation: the name of the torch function that was called.
        args: the positional arguments of that call.
        is_method: whether the first of them stands before the dot.
        is_direct: whether the expression calls the function itself, not through a module or a helper of a library.
    """

    def __init__(
        self, frame: FrameType | None, expression: str, operation: str, args: tuple[Any, ...], *,
        is_method: bool, is_direct: bool,
    ) -> None:  # fmt: skip
        self._variables = {} if frame is None else _variables_of(frame)
        self._node = parsed(expression)
        self._operands: list[ast.expr] = []
        if is_direct and self._node is not None:
            self._operands = operands(self._node, operation, is_method=is_method)
        self._args = args

    def pass_through(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """Learn that the line calls a module with these arguments, which it may hand on as they are."""
        written = arguments(self._node)
        if not isinstance(self._node, ast.Call) or len(written) != len(args):
            return
        called = look_up(self._node.func, self._variables)
        # `nn.MSELoss()(y, x)` calls a module that has no name.
        if called is module or (called is UNKNOWN and isinstance(self._node.func, ast.Call)):
            self._operands, self._args = written, args

    def of(self, tensor: Any) -> str:
        """Return the name of a tensor: as the line writes it, or a variable that holds it; "" where there is none."""
        return self._as_written(tensor) or self._between_the_lines(tensor) or self._as_variable(tensor)

    def sharing(self, tensor: Tensor) -> str:
        """Return a variable that shows the same elements, whichever object it is; "" where there is none."""
        return self.of(tensor) or self._first(lambda value: _shows_the_same(value, tensor))

    def path_of(self, module: nn.Module) -> str:
        """Return where the frame holds a module, such as "self.model.2"; "" where it does not."""
        for name, value in self._in_order():
            for path, found in _modules(name, value):
                if found is module:
                    return path
        return ""

    def _as_written(self, tensor: Any) -> str:
        if self._node is None:
            return ""
        for part in parts_that_can_be_looked_up(self._node):
            if look_up(part, self._variables) is tensor:
                return _text(part)
        return ""

    def _between_the_lines(self, tensor: Any) -> str:
        """Name a value that only the expression has, such as `x.t()` in `x.t().view(6)`."""
        temporary = [node for node in self._operands if look_up(node, self._variables) is UNKNOWN]
        position = next((place for place, value in enumerate(self._args) if _is_it(value, tensor)), None)
        if position is None or not temporary:
            return ""
        # `2 * (x + 1)` arrives as mul(x + 1, 2).
        if isinstance(self._node, ast.BinOp) and len(temporary) == 1:
            return _text(temporary[0])
        if position < len(self._operands) and self._operands[position] in temporary:
            return _text(self._operands[position])
        return ""

    def _as_variable(self, tensor: Any) -> str:
        return self._first(lambda value: value is tensor)

    def _first(self, is_wanted: Callable[[Tensor], bool]) -> str:
        places = chain.from_iterable(_tensors(name, value) for name, value in self._in_order())
        return next((path for path, value in islice(places, _PLACES_SEARCHED) if is_wanted(value)), "")

    def _in_order(self) -> Iterable[tuple[str, Any]]:
        """Variables that the line mentions come first."""
        mentioned = {part.id for part in ast.walk(self._node) if isinstance(part, ast.Name)} if self._node else set()
        return sorted(self._variables.items(), key=lambda item: item[0] not in mentioned)


def locals_of(frame: FrameType) -> dict[str, Any]:
    """Return a copy of a frame's local variables; the frame itself keeps no second reference to them."""
    seen = frame.f_locals
    found = dict(seen)
    # Before Python 3.13 the frame of a function keeps this dict, and with it tensors that the function lets go of
    # later. It is emptied, unless the user's code has it too, through `locals()`.
    if type(seen) is dict and frame.f_code.co_flags & CO_OPTIMIZED and sys.getrefcount(seen) == 3:
        seen.clear()
    return found


def _variables_of(frame: FrameType) -> dict[str, Any]:
    used = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
    return used | locals_of(frame)


def _tensors(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the tensors that a variable holds: itself, its items, its attributes, its parameters and buffers."""
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, nn.Module):
        yield from _tensors_of_module(path, value)
    else:
        for inner, held in _held(path, value):
            if isinstance(held, Tensor):
                yield inner, held
            elif isinstance(held, nn.Module):
                yield from _tensors_of_module(inner, held)
            elif type(held) in (list, tuple, dict):
                yield from (pair for pair in _held(inner, held) if isinstance(pair[1], Tensor))


def _tensors_of_module(path: str, module: nn.Module) -> Iterator[tuple[str, Any]]:
    for inner, part in _modules(path, module):
        stored = attributes(part)
        own = {**stored, **stored.get("_buffers", {}), **stored.get("_parameters", {})}
        yield from ((f"{inner}.{name}", value) for name, value in own.items() if isinstance(value, Tensor))


def _modules(path: str, value: Any) -> Iterator[tuple[str, nn.Module]]:
    """Yield a module and all inside it; of another object, the modules that it holds."""
    if isinstance(value, nn.Module):
        waiting, seen = [(path, value)], {id(value)}
        for inner, module in waiting:
            yield inner, module
            for name, child in attributes(module).get("_modules", {}).items():
                if isinstance(child, nn.Module) and id(child) not in seen:
                    seen.add(id(child))
                    waiting.append((f"{inner}.{name}", child))
    else:
        for inner, held in _held(path, value):
            if isinstance(held, nn.Module):
                yield from _modules(inner, held)


def _held(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) in (list, tuple):
        yield from ((f"{path}[{place}]", held) for place, held in enumerate(value))
    elif type(value) is dict:
        yield from ((f"{path}[{key!r}]", held) for key, held in list(value.items()) if type(key) in (int, str))
    elif not isinstance(value, ModuleType):
        yield from ((f"{path}.{name}", held) for name, held in list(attributes(value).items()))


def _shows_the_same(one: Tensor, other: Tensor) -> bool:
    if one.layout != other.layout or one.shape != other.shape or one.device != other.device:
        return False
    try:
        same = one.untyped_storage()._cdata == other.untyped_storage()._cdata  # noqa: SLF001 - no public identity
    except (NotImplementedError, RuntimeError):  # it has no storage of its own
        return False
    return same and one.storage_offset() == other.storage_offset() and one.stride() == other.stride()


def _is_it(value: Any, tensor: Any) -> bool:
    # `torch.autograd.grad(y * 2, x)` puts a single output into a tuple.
    return value is tensor or (type(value) in (list, tuple) and len(value) == 1 and value[0] is tensor)


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 3]}..."

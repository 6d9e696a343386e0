"""Watching one forward pass: each call of a module with copies of what it got and gave."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
import xxhash
from torch import Tensor, nn

from retorch.lines import site_of, user_frame
from retorch.randomness import scoped
from retorch.tensors import kind_of, map_tensors

_READABLE = frozenset({"strided", "quantized", "sparse", "opaque"})

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor that a call got or gave: where it was in the arguments or the result, and a copy on the CPU."""

    path: str
    tensor: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of a module, or one saved output.

    Attributes:
        name: of the module, "" for the model itself.
        number: how many calls of the same module came before.
        kind: the class; "" for a saved output.
        module: None for a saved output.
        inputs, outputs: the tensors in the arguments and in the result.
        arguments: (args, kwargs) with the copies in the places of the tensors.
        begin, end: places in the order of all begins and ends of calls.
        line: of the user's source, "net.py:12: x = self.act(x)".
    """

    name: str
    number: int
    kind: str
    module: nn.Module | None
    inputs: tuple[Value, ...] | None
    outputs: tuple[Value, ...]
    arguments: Any = None
    begin: int = 0
    end: int = 0
    line: str = ""

    @property
    def title(self) -> str:
        """The name, with the number of the call from the second on."""
        return f"{self.name}#{self.number}" if self.number else self.name

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it gives."""
        return tuple(tuple(value.tensor.shape) for value in self.outputs)

    @property
    def passes_on(self) -> bool:
        """Whether it gives, bit for bit, a tensor that it got."""
        if not self.inputs or not self.outputs:
            return False
        return self.outputs[0].tensor is self.inputs[0].tensor


class Values:
    """Copies of tensors; tensors with the same bits, shape and dtype share one, in both models."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], Tensor] = {}

    def keep(self, tensor: Tensor) -> Tensor:
        """Return a copy on the CPU, dense; one that was kept before where the bits are the same."""
        copy = plain_copy(tensor)
        content: Any = _as_bytes(copy).numpy()
        key = (copy.shape, copy.dtype, xxhash.xxh3_128_digest(content))
        return self._kept.setdefault(key, copy)


def plain_copy(tensor: Tensor) -> Tensor:
    """Copy a tensor into new, row-major memory of the CPU."""
    plain = tensor.detach()
    if plain.is_quantized:
        plain = plain.dequantize()
    elif plain.layout is not torch.strided:
        plain = plain.to_dense()
    copy = torch.empty(plain.shape, dtype=plain.dtype, device="cpu")
    return copy.copy_(plain)


def _as_bytes(tensor: Tensor) -> Tensor:
    flat = tensor.reshape(-1)
    return (torch.view_as_real(flat).reshape(-1) if flat.is_complex() else flat).view(torch.uint8)


@dataclass(slots=True)
class _Open:
    module: nn.Module
    begin: int
    inputs: tuple[Value, ...]
    arguments: Any
    line: str


@dataclass(slots=True)
class Watch:
    """The calls of one forward pass, in the order in which they end.

    Attributes:
        failed: the name and class of the innermost module that was computing when the forward raised.
    """

    values: Values
    calls: list[Call] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _names: dict[nn.Module, str] = field(default_factory=dict)
    _counts: Counter[nn.Module] = field(default_factory=Counter)
    _tick: int = 0
    _outside: FrameType | None = None

    @property
    def failed(self) -> tuple[str, str] | None:
        """The name and class of the innermost module that has begun and not ended."""
        if not self._open:
            return None
        module = self._open[-1].module
        return self._names[module], type(module).__name__

    @contextmanager
    def over(self, model: nn.Module) -> Iterator[None]:
        """Watch all modules of a model inside a `with`."""
        self._outside = user_frame()
        with ExitStack() as stack:
            stack.callback(setattr, self, "_outside", None)  # a frame keeps all its variables alive
            for name, module in model.named_modules():
                self._names[module] = name
                for handle in (
                    module.register_forward_pre_hook(self._begin, with_kwargs=True),
                    module.register_forward_hook(self._end, with_kwargs=True),
                ):
                    stack.callback(handle.remove)
            yield

    def _begin(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        frame = user_frame()
        line = "" if frame is self._outside else site_of(frame).told()
        inputs = tuple(self._values((args, kwargs)))
        try:
            arguments = map_tensors((args, kwargs), self._kept)
        except Exception:  # noqa: BLE001 - a container of the user's that cannot be built from its items
            arguments = None
        self._open.append(_Open(module, self._next(), inputs, arguments, line))

    def _end(self, module: nn.Module, _args: Any, _kwargs: Any, result: Any) -> None:
        # A call that raised, and whose error the model caught, is still open above this one.
        while self._open[-1].module is not module:
            self._open.pop()
        opened = self._open.pop()
        number, self._counts[module] = self._counts[module], self._counts[module] + 1
        self.calls.append(
            Call(
                self._names[module], number, type(module).__name__, module, opened.inputs, tuple(self._values(result)),
                opened.arguments, opened.begin, self._next(), opened.line,
            )
        )  # fmt: skip

    def _next(self) -> int:
        self._tick += 1
        return self._tick

    def _values(self, value: Any) -> Iterator[Value]:
        for path, tensor in named_tensors(value):
            if is_readable(tensor):
                yield Value(path, self.values.keep(tensor))

    def _kept(self, tensor: Tensor) -> Tensor:
        return self.values.keep(tensor) if is_readable(tensor) else tensor


def is_readable(tensor: Tensor) -> bool:
    """Say whether a tensor has values that can be copied."""
    return kind_of(tensor) in _READABLE


def named_tensors(value: Any, path: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in nested tuples, lists, mappings and dataclasses, each with its path.

    >>> [path for path, _ in named_tensors({"logits": torch.zeros(2), "states": (torch.zeros(1), torch.zeros(1))})]
    ['logits', 'states.0', 'states.1']
    """
    if isinstance(value, Tensor):
        yield path, value
        return
    for name, item in _items(value):
        yield from named_tensors(item, f"{path}.{name}" if path else str(name))


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from zip(value._fields, value, strict=True)
    elif isinstance(value, (tuple, list)):
        yield from enumerate(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            yield one.name, getattr(value, one.name)


@contextmanager
def kept_as_it_is(model: nn.Module, *, train: bool, seed: int) -> Iterator[None]:
    """Put a model into a mode inside a `with`; afterwards modes, buffers and random streams are what they were."""
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(module, dict(module._buffers)) for module in model.modules()]  # noqa: SLF001 - no public way to put one back
    contents = {
        buffer: buffer.detach().clone() for _, ours in buffers for buffer in ours.values() if buffer is not None
    }
    fast_path = torch.backends.mha.get_fastpath_enabled()
    # A watched attention never takes torch's fused path, so an unwatched one must not either.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with scoped(seed), _eager():
            model.train(train)
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)
        model.train(modes[0][1])
        for module, mode in modes:
            module.training = mode
        _put_back(buffers, contents)


def _eager() -> AbstractContextManager[Any]:
    """Run what is compiled as it is written: modules inside a compiled graph are not called."""
    used = "torch._dynamo" in sys.modules
    return torch.compiler.set_stance("force_eager") if used else nullcontext()


def _put_back(buffers: list[tuple[nn.Module, dict[str, Tensor | None]]], contents: dict[Tensor, Tensor]) -> None:
    for module, ours in buffers:
        module._buffers.clear()  # noqa: SLF001 - as above
        module._buffers.update(ours)  # noqa: SLF001
    for buffer, before in contents.items():
        if not same_bits(buffer, before):
            buffer.data.copy_(before)


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Say whether two tensors of any device have the same shape, dtype and bits."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    return torch.equal(_as_bytes(plain_copy(one)), _as_bytes(plain_copy(other)))


def call_with(model: Callable[..., Any], batch: Any) -> Any:
    """Call a model on a batch: a tuple or list gives the arguments, a mapping named ones where the model knows them."""
    args, kwargs = spread(model, batch)
    return model(*args, **kwargs)


def spread(model: Any, batch: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments with which a model is called on a batch."""
    if isinstance(batch, Mapping):
        return _spread_mapping(model, batch)
    if isinstance(batch, (tuple, list)):
        return tuple(batch), {}
    return (batch,), {}


def _spread_mapping(model: Any, batch: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    code = getattr(type(model).forward, "__code__", None)
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    takes_all = bool(code and code.co_flags & 0x08)  # inspect.CO_VARKEYWORDS
    if batch.keys() <= set(known) or takes_all:
        return (), dict(batch)
    return tuple(batch.values()), {}

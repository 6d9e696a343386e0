"""`Call`: a call of torch that failed, with the names that the user's code has for its arguments."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType, MethodWrapperType, TracebackType
from typing import Any

import torch
from torch import Tensor, nn

from retorch.explanations._history import History, operation_of, tensors_in
from retorch.lines import Names, Site, locals_of, parsed, site_in, site_of, user_frame


@dataclass(frozen=True, slots=True)
class Call:
    """What failed. It holds the arguments and the user's variables, so it lives no longer than the report.

    Attributes:
        operation: the function's own name, such as "view"; of an attribute its name, such as "T".
        qualified: its name for a reader, such as "torch.nn.functional.linear".
        args: positional arguments as torch got them; a method's first one is what stands before the dot.
        kwargs: the others.
        error: what it raised.
        site: the line of the user's code.
        names: what that line and its function call the tensors.
        is_direct: whether that line calls the function itself, not through a module or a helper of a library.
        module: the innermost module between that line and the call, such as "model.2 (Linear)"; "" without one.
        history: what ran before.
        kwargs_are: what a reader is to call `kwargs`: "argument", or "variable" of a function of torch.
    """

    operation: str
    qualified: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    error: BaseException
    site: Site
    names: Names
    is_direct: bool
    module: str
    history: History
    kwargs_are: str = "argument"

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors among the arguments, each once."""
        return list({id(tensor): tensor for tensor in tensors_in(self.args, self.kwargs)}.values())

    def argument(self, position: int, name: str, otherwise: Any = None) -> Any:
        """Return an argument that can be given by position or by name."""
        return self.args[position] if position < len(self.args) else self.kwargs.get(name, otherwise)

    def name(self, value: Any, otherwise: str = "") -> str:
        """Return what the user's code calls a tensor, or what else to call it."""
        return self.names.of(value) or otherwise or self._position(value)

    def layout(self, tensor: Tensor, otherwise: str = "") -> str:
        """Return a tensor's name with its shape, dtype, device and strides."""
        name = otherwise or self.name(tensor)
        try:
            return f"{name}: {layout(tensor)}"
        except (RuntimeError, ValueError, NotImplementedError):  # nested, or a lazy module's before its first batch
            return f"{name}: {type(tensor).__name__}, of a kind without shape and strides"

    def instead(self, operation: str, arguments: str) -> str:
        """Write what to call instead, on the same first tensor: `x.reshape(2, 6)`."""
        return self.on_subject(f"x.{operation}({arguments})")

    def on_subject(self, written: str) -> str:
        """Put the first tensor's name in the place of the `x` with which an expression begins."""
        return f"{self.subject(self.args[0])}{written.removeprefix('x')}"

    def subject(self, value: Any, otherwise: str = "") -> str:
        """Return a tensor's name so that a dot can follow: "y", "(y + 1)", "(the input)"."""
        name = self.name(value, otherwise)
        return name if _stands_before_a_dot(name) else f"({name})"

    def _position(self, value: Any) -> str:
        if self.module and self.args and self.args[0] is value:
            return "the input"
        if len(self.tensors) == 1 and self.tensors[0] is value:
            return "the tensor"
        for told, given in self._told_arguments():
            if given is value:
                return told
            if isinstance(given, (list, tuple)) and any(item is value for item in given):
                return f"item {next(at for at, item in enumerate(given) if item is value)} of {told}"
        return "a tensor"

    def _told_arguments(self) -> Iterator[tuple[str, Any]]:
        yield from ((f"argument {place + 1}", given) for place, given in enumerate(self.args))
        yield from ((f"{self.kwargs_are} {name!r}", given) for name, given in self.kwargs.items())


def failing_call(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: BaseException, history: History
) -> Call:
    """Describe the call that fails in a frame above this one."""
    # A frame that held itself would keep the arguments alive until the garbage collector came.
    called = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
    frame = user_frame(called)
    between = list(_between(called, frame, function))
    site, operation = site_of(frame), operation_of(function)
    names = Names(
        frame, site.expression, operation, args, is_method=_is_method(function), is_direct=not between
    )  # fmt: skip
    _pass_through_module(names, between[-1:])
    return Call(
        operation, qualified_name(function), args, kwargs, error, site, names, is_direct=not between,
        module=_module_among(between, names), history=history,
    )  # fmt: skip


def call_in_traceback(error: BaseException, history: History) -> Call | None:
    """Describe the innermost function of torch in which an error came about, where the user's code had called it.

    Some errors are raised by Python code of torch that no mode sees, such as the checks of a module. Returns None where
    the user's own code or another library raised it.
    """
    user: TracebackType | None = None
    inner: list[FrameType] = []
    for trace in _traces(error):
        if user_frame(trace.tb_frame) is trace.tb_frame:
            user, inner = trace, []
        else:
            inner.append(trace.tb_frame)
    if user is None or not inner or not _is_told(inner[-1]):
        return None
    code = inner[-1].f_code
    given = locals_of(inner[-1])
    arguments = {name: given[name] for name in code.co_varnames[: code.co_argcount] if name in given}
    site, qualified = site_in(user), f"{inner[-1].f_globals.get('__name__', 'torch')}.{code.co_qualname}"
    names = Names(user.tb_frame, site.expression, code.co_name, (), is_method=False, is_direct=False)
    _pass_through_module(names, inner[:1])
    # The function may have given its arguments other values since.
    return Call(
        code.co_name, qualified, (), arguments, error, site, names, is_direct=False,
        module=_module_among(reversed(inner), names), history=history, kwargs_are="variable",
    )  # fmt: skip


def _traces(error: BaseException) -> Iterator[TracebackType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_told(frame: FrameType) -> bool:
    # What the compiler works on is not what the user's code has.
    file = frame.f_code.co_filename
    return file.startswith(_TORCH) and not file.startswith(_COMPILER)


_TORCH = os.path.dirname(torch.__file__) + os.sep  # noqa: PTH120 - compared with names of code objects
_COMPILER = tuple(f"{_TORCH}{room}{os.sep}" for room in ("_dynamo", "_inductor", "_functorch", "fx", "_subclasses"))


def qualified_name(function: Any) -> str:
    """Return the name by which a user knows a function that a torch mode was given."""
    operation = operation_of(function)
    if isinstance(function, MethodWrapperType):
        return f"torch.Tensor.{operation}"
    if _is_method(function):
        return f"torch.Tensor.{operation}"
    known: str | None = torch.overrides.resolve_name(function)
    home = str(getattr(function, "__module__", None) or "torch")
    return known or (f"{home}.{operation}" if home.startswith("torch") else operation)


def layout(tensor: Tensor) -> str:
    """Say shape, dtype, device, strides and what else matters of a tensor, without reading its values.

    >>> layout(torch.zeros(3, 4).t())
    'float32 [4, 3] on cpu, strides [1, 4], not contiguous'
    """
    words = [f"{dtype_name(tensor.dtype)} {list(tensor.shape)} on {tensor.device}", *_strides(tensor)]
    if tensor.is_inference():
        words.append("an inference tensor")
    if tensor.requires_grad:
        words.append("a leaf that requires grad" if _is_leaf(tensor) else "requires grad")
    return ", ".join(words)


def dtype_name(dtype: torch.dtype) -> str:
    """Return a dtype's name without the name of torch: "float32"."""
    return str(dtype).removeprefix("torch.")


def _is_leaf(tensor: Tensor) -> bool:
    try:
        return tensor.is_leaf
    except RuntimeError:  # one of several views whose base was written to: torch refuses to tell
        return False


def _strides(tensor: Tensor) -> Iterator[str]:
    if tensor.layout != torch.strided:
        yield str(tensor.layout).removeprefix("torch.")
        return
    yield f"strides {list(tensor.stride())}"
    if not tensor.is_contiguous():
        yield "not contiguous"


def _is_method(function: Any) -> bool:
    return getattr(torch.Tensor, operation_of(function), None) is function


def _between(frame: FrameType | None, user: FrameType | None, function: Any) -> Iterator[FrameType]:
    """Yield the frames from a call up to the user's line, without those that are round every call."""
    code = getattr(function, "__code__", None)
    while frame is not None and frame is not user:
        if frame.f_code is not code and not frame.f_code.co_filename.startswith(_ROUND_EVERY_CALL):
            yield frame
        frame = frame.f_back


_ROUND_EVERY_CALL = (
    torch.overrides.__file__,
    torch._tensor.__file__,  # noqa: SLF001 - how it is called may change, and then notes say a little more
    os.path.dirname(__file__) + os.sep,  # noqa: PTH120 - compared with names of code objects
)


def _module_among(frames: Iterable[FrameType], names: Names) -> str:
    for frame in frames:
        owner = locals_of(frame).get("self")
        if isinstance(owner, nn.Module):
            path = names.path_of(owner)
            return f"{path} ({type(owner).__name__})" if path else type(owner).__name__
    return ""


def _pass_through_module(names: Names, outermost: list[FrameType]) -> None:
    for frame in outermost:
        if frame.f_code is _CALL_OF_MODULE:
            given = locals_of(frame)
            names.pass_through(given["self"], given["args"])


_CALL_OF_MODULE = nn.Module._wrapped_call_impl.__code__  # noqa: SLF001 - `nn.Module.__call__` is this function


def _stands_before_a_dot(text: str) -> bool:
    return isinstance(parsed(text), (ast.Name, ast.Attribute, ast.Call, ast.Subscript))

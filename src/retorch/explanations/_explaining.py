"""`explaining`: round any code, the errors of torch gain a note that says which tensor, why, and what to do."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Collection
from types import MethodWrapperType, TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import torch
from torch import Tensor, nn
from torch._C import _len_torch_function_stack
from torch.compiler import is_dynamo_compiling
from torch.overrides import (
    TorchFunctionMode,
    _get_current_function_mode,
    _get_current_function_mode_stack,
    _pop_mode,
    _push_mode,
)

from retorch.errors import UsageError
from retorch.explanations._calls import Call, call_in_traceback, failing_call
from retorch.explanations._graphs import remark_walk
from retorch.explanations._history import Before, History, tensors_in
from retorch.explanations.errors import explanation_note
from retorch.lines import user_frame, user_site

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_PLAIN = {Tensor, nn.Parameter}
_DATA = Tensor.data
_BACKWARDS = {torch.autograd.grad, torch.autograd.backward, Tensor.backward}
_OUR_NOTE = "retorch: "


class explaining:  # noqa: N801 - used like a function, as `torch.no_grad` is
    """Explain the errors of torch that the code inside raises.

    An error keeps its type and message and gains a note (PEP 678), which Python prints below it: the line of the user's
    code, the tensors of the failing call under the names that this code gives them, with shape, dtype, device and
    strides, why torch refuses, and what to do. For "modified by an inplace operation" it says which line had used the
    value and which line wrote into it. An error that is not known gains the failing call with its tensors.

    The code computes the same bits as without: calls are watched from outside and no tensor is touched. Each call of
    torch costs some microseconds more. Errors of this thread are explained; compiled code runs as it is.

    Works round any code, nested or not, and as a decorator of a function that is not a generator.

    >>> with explaining():
    ...     try:
    ...         torch.arange(12).view(3, 4).t().view(2, 6)
    ...     except RuntimeError as error:
    ...         print(error.__notes__[0].splitlines()[-1])
    What to do: torch.arange(12).view(3, 4).t().reshape(2, 6) copies 96 bytes and works.

    Raises:
        UsageError: as a decorator, when the function is a generator or a coroutine.
    """

    def __init__(self) -> None:
        self._watches: list[_Watch | None] = []

    def __enter__(self) -> Self:
        nested = any(isinstance(mode, _Watch) for mode in _get_current_function_mode_stack())
        watch = None if nested else _Watch()
        self._watches.append(watch)
        if watch is not None:
            _push_mode(watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        watch = self._watches.pop()
        if watch is not None:
            _take_off(watch)
            if isinstance(error, Exception):
                watch.explain_passing(error)

    def __call__(self, function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
        """Return the function with its errors explained."""
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise UsageError(
                f"@retorch.explaining() cannot wrap {function.__qualname__}: a generator or a coroutine stops in the "
                f"middle, and other code would run inside. Put `with retorch.explaining():` round the code that uses it"
            )

        @functools.wraps(function)
        def explained(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
            with explaining():
                return function(*args, **kwargs)

        return explained


class _Watch(TorchFunctionMode):
    """Sees each call of torch that Python makes, except those that torch makes inside another one."""

    def __init__(self) -> None:
        self._history = History()

    def __torch_function__(
        self, function: Any, types: Collection[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        # torch.compile traces through this method and knows the answer: nothing of what follows gets into its graph.
        if is_dynamo_compiling():
            return function(*args, **kwargs)
        before = None
        # Reading an attribute neither writes nor computes; only `.data` leaves the graph. What we ask of a tensor while
        # torch.jit.trace records would get into the trace.
        is_told = type(function) is not MethodWrapperType or function.__self__ is _DATA
        if is_told and torch._C._get_tracing_state() is None:  # noqa: SLF001 - `torch.jit.is_tracing` is deprecated
            before = _silently(types, self._history.before, args, kwargs)
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            _explain(function, args, kwargs, error, self._history)
            raise
        if before is not None:
            _silently(types, self._after, before, function, args, kwargs, result)
        return result

    def explain_passing(self, error: Exception) -> None:
        """Explain an error that leaves the block and that no call of torch was seen to raise."""
        _add_note(error, lambda: _note_of(call_in_traceback(error, self._history), is_outermost=True))

    def _after(self, before: Before, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        self._history.after(before, function, result)
        if function in _BACKWARDS and not _keeps_graph(kwargs):
            remark_walk(_roots(args, kwargs), user_site())


def _silently(types: Collection[type], look: Callable[..., _Result], *args: Any) -> _Result | None:
    """Look at a call unheard; a tensor of a kind that cannot be looked at must not stop the user's code."""
    try:
        if _PLAIN.issuperset(types) and not _len_torch_function_stack():
            return look(*args)
        # A subclass, or a mode round this one, would take each look for a call of the user's.
        with torch._C.DisableTorchFunction():  # noqa: SLF001 - what torch's own modes use
            return look(*args)
    except Exception:  # noqa: BLE001 - whatever an unusual tensor answers
        return None


def _explain(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception, history: History) -> None:
    is_outermost = not _passed_through_user_code(error)
    _add_note(error, lambda: _note_of(failing_call(function, args, kwargs, error, history), is_outermost=is_outermost))


def _add_note(error: Exception, write: Callable[[], str]) -> None:
    """Give an error its one note; a failure of our own must not hide the user's."""
    with contextlib.suppress(Exception), torch._C.DisableTorchFunction():  # noqa: SLF001 - no mode sees us look
        if any(note.startswith(_OUR_NOTE) for note in getattr(error, "__notes__", ())):
            return
        note = write()
        if note:
            error.add_note(note)


def _note_of(call: Call | None, *, is_outermost: bool) -> str:
    return "" if call is None else explanation_note(call, is_outermost=is_outermost)


def _passed_through_user_code(error: BaseException) -> bool:
    """Tell whether torch called the user's code back and that has failed, as a hook or a custom backward does."""
    trace = error.__traceback__
    while trace is not None:
        if user_frame(trace.tb_frame) is trace.tb_frame:
            return True
        trace = trace.tb_next
    return False


def _roots(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    return tensors_in(args[:1], {} if args else kwargs)


def _keeps_graph(kwargs: dict[str, Any]) -> bool:
    return bool(kwargs.get("retain_graph") or (kwargs.get("retain_graph") is None and kwargs.get("create_graph")))


def _take_off(watch: _Watch) -> None:
    """Remove one mode, wherever it is: a generator can leave a `with` in another order than it came."""
    above: list[Any] = []
    while (top := _get_current_function_mode()) is not None and top is not watch:
        above.append(_pop_mode())
    if top is watch:
        _pop_mode()
    for mode in reversed(above):
        _push_mode(mode)

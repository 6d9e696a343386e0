"""`Patches`: wrappers put round functions and methods of torch, and taken off again."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from threading import get_ident
from typing import Any, TypeAlias

from retorch.checks._elsewhere import is_elsewhere

Around: TypeAlias = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

_MISSING = object()


class Patches:
    """Wrappers on attributes of classes and modules, for the thread that puts them there.

    Of nested calls of one attribute the outermost is told: `eval()` of a network reaches all its children, and is one
    call of the user's. What goes wrong in the wrapper itself never reaches the user's code.

    Args:
        failed: told the error with which a wrapper failed itself.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._put: list[tuple[_Patched, _Listener]] = []

    def put(self, owner: Any, name: str, around: Around, *, also_inside: bool = False) -> None:
        """Put a wrapper round `owner.name`.

        Args:
            owner: a class or a module.
            name: of a function or method that it has, itself or by inheritance.
            around: gets the original, the positional arguments (`self` the first) and the others, and returns what the
                original returned.
            also_inside: whether calls inside of one that is told are told too.
        """
        patched = _PATCHED.get((id(owner), name)) or _Patched(owner, name)
        listener = _Listener(around, self._failed, also_inside=also_inside)
        patched.add(listener)
        self._put.append((patched, listener))

    def take_off(self) -> None:
        """Take every wrapper off, in whatever order several checkers come to their ends."""
        while self._put:
            patched, listener = self._put.pop()
            patched.remove(listener)


class _Patched:
    """One attribute with a wrapper of ours on it, and who listens there; without a listener it is what it was."""

    def __init__(self, owner: Any, name: str) -> None:
        self._owner, self._name = owner, name
        self._before = vars(owner).get(name, _MISSING)
        self._listeners: tuple[_Listener, ...] = ()
        self._wrapper = self._wrap(getattr(owner, name))
        setattr(owner, name, self._wrapper)
        _PATCHED[id(owner), name] = self

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            # The user's code may keep the wrapper, by an import, longer than anybody listens.
            listeners = self._listeners
            if not listeners or is_elsewhere():
                return original(*args, **kwargs)
            call = original
            for listener in listeners[:-1]:
                call = listener.round(call)
            return listeners[-1].call(call, args, kwargs)

        return wrapper

    def add(self, listener: _Listener) -> None:
        self._listeners = (*self._listeners, listener)

    def remove(self, listener: _Listener) -> None:
        self._listeners = tuple(other for other in self._listeners if other is not listener)
        if not self._listeners and _PATCHED.pop((id(self._owner), self._name), None) is self:
            self._put_back()

    def silence(self) -> None:
        self._listeners = ()

    def _put_back(self) -> None:
        if vars(self._owner).get(self._name) is not self._wrapper:
            return  # somebody else has wrapped it since: what lies below hands on
        if self._before is _MISSING:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._before)


class _Listener:
    """Calls what a probe puts round a function, and saves the user's code from the probe's own errors."""

    def __init__(self, around: Around, failed: Callable[[Exception], None], *, also_inside: bool) -> None:
        self._around = around
        self._also_inside = also_inside
        self._failed = failed
        self._thread = get_ident()
        self._running = False

    def round(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that calls another one through this."""
        return lambda *args, **kwargs: self.call(inner, args, kwargs)

    def call(self, inner: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function through the probe, the outermost time and in the thread that is watched."""
        if self._running or get_ident() != self._thread:
            return inner(*args, **kwargs)
        self._running = not self._also_inside
        call = _Call(inner)
        try:
            return self._around(call, args, kwargs)
        except Exception as error:
            if call.raised == id(error):
                raise
            self._failed(error)
            if call.raised:
                raise _behind(error, call.raised) from None
            return call.result if call.is_done else inner(*args, **kwargs)
        finally:
            self._running = False


class _Call:
    """The original, and how its call ended. It remembers an error's id only: the error itself would be a cycle."""

    __slots__ = ("_function", "is_done", "raised", "result")

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.is_done = False
        self.raised = 0
        self.result: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            self.result = self._function(*args, **kwargs)
        except BaseException as error:
            self.raised = id(error)
            raise
        self.is_done = True
        return self.result


def _behind(error: BaseException, raised: int) -> BaseException:
    """Return the error during which another one came up."""
    while error.__context__ is not None and id(error) != raised:
        error = error.__context__
    return error


_PATCHED: dict[tuple[int, str], _Patched] = {}


def _silence_in_child() -> None:
    # A forked worker of a data loader computes for the user, and nobody reads there what is found.
    for patched in _PATCHED.values():
        patched.silence()


os.register_at_fork(after_in_child=_silence_in_child)

"""`Answer`: what an operation would do to a tensor, found without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import torch


@dataclass(frozen=True, slots=True)
class Raised:
    """An error as torch would raise it.

    Attributes:
        type: the name of its class, such as "RuntimeError".
        text: its message.
    """

    type: str
    text: str

    def __str__(self) -> str:
        return f"{self.type}: {self.text}" if self.text else self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation would do: work or not, share or copy, and the layout that comes out.

    Plain data: it keeps no tensor alive. Where the operation is not possible, only `operation`, `reason`, `error`,
    `remedy` and `reshape` say something.

    Attributes:
        operation: what was asked, such as "view(2, -1)", "T" or "[::2, 0]".
        subject: what it was asked about, such as "x", as the sentences call it.
        possible: whether it would work.
        shape: of the result; None where it depends on values that were not read, and for several results.
        strides: of the result, in elements, as the shape.
        offset: storage offset of the result, in elements; None as the shape. A NumPy array has none: there it is
            where its first element lies in the memory of the tensor, 0 for a copy.
        dtype: of the result.
        device: of the result.
        shares: True for the same storage, False for new memory, None where it was not possible.
        bytes_copied: what the new memory takes; 0 where it shares; None where that depends on values not read.
        same_object: whether torch returns the very tensor that was asked.
        reason: why not, or why it copies, in one sentence; "" where it shares.
        error: what torch would raise.
        remedy: the shortest thing that works instead, and what it costs, such as "x.reshape(2, -1) copies 48 bytes".
        reshape: for `view` with a shape, what `reshape` would do.
        parts: for `chunk`, `split` and `unbind`, one answer for each result; `shares` and `bytes_copied` are about
            all of them.
    """

    operation: str
    subject: str = "x"
    possible: bool
    shape: tuple[int, ...] | None = None
    strides: tuple[int, ...] | None = None
    offset: int | None = None
    dtype: torch.dtype | None = None
    device: torch.device | None = None
    shares: bool | None = None
    bytes_copied: int | None = None
    same_object: bool = False
    reason: str = ""
    error: Raised | None = None
    remedy: str = ""
    reshape: Answer | None = None
    parts: tuple[Answer, ...] = ()

    @property
    def byte_strides(self) -> tuple[int, ...] | None:
        """The strides in bytes, as NumPy counts them."""
        if self.strides is None or self.dtype is None:
            return None
        return tuple(stride * self.dtype.itemsize for stride in self.strides)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as values that JSON knows.

        >>> Answer(operation="t()", possible=True, shape=(4, 3), dtype=torch.float32).to_dict()["dtype"]
        'float32'
        """
        return {
            "operation": self.operation,
            "subject": self.subject,
            "possible": self.possible,
            "shape": _list(self.shape),
            "strides": _list(self.strides),
            "byte_strides": _list(self.byte_strides),
            "offset": self.offset,
            "dtype": None if self.dtype is None else _name(self.dtype),
            "device": None if self.device is None else str(self.device),
            "shares": self.shares,
            "bytes_copied": self.bytes_copied,
            "same_object": self.same_object,
            "reason": self.reason,
            "error": None if self.error is None else {"type": self.error.type, "text": self.error.text},
            "remedy": self.remedy,
            "reshape": None if self.reshape is None else self.reshape.to_dict(),
            "parts": [part.to_dict() for part in self.parts],
        }

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an Answer is neither true nor false: ask `.possible` (would it work?) or `.shares` (the same memory?)"
        )

    def __str__(self) -> str:
        lines = [f"{called(self.operation, self.subject)}: {self._verdict()}", _result(self), self.reason]
        lines += [f"instead: {self.remedy}"] if self.remedy else []
        lines += [f"torch raises {self.error}"] if self.error and not self._is_reason(self.error) else []
        lines += [_result(part) for part in self.parts[:_SHOWN]]
        lines += [f"and {len(self.parts) - _SHOWN} more"] if len(self.parts) > _SHOWN else []
        return "\n  ".join(line for line in lines if line)

    def _is_reason(self, error: Raised) -> bool:
        return " ".join(error.text.split()) == self.reason

    def _verdict(self) -> str:
        if not self.possible:
            return "no"
        if self.same_object:
            return f"yes, returns {self.subject} itself"
        many = f"{len(self.parts)} results, " if self.parts else ""
        return f"yes, {many}{cost(self)}"


_SHOWN = 4


def cost(answer: Answer) -> str:
    """Say what a possible answer costs: "shares" or "copies 48 bytes"."""
    if answer.shares:
        return "shares"
    return "copies" if answer.bytes_copied is None else f"copies {counted(answer.bytes_copied)}"


def counted(number: int) -> str:
    """Put a number of bytes into words.

    >>> counted(1), counted(50331648)
    ('1 byte', '50,331,648 bytes')
    """
    return f"{number:,} byte{'' if number == 1 else 's'}"


def called(operation: str, on: str) -> str:
    """Write an operation out.

    >>> called("view(2, -1)", "x"), called("[0]", "x.t()"), called("torch.view_as_real(x)", "z")
    ('x.view(2, -1)', 'x.t()[0]', 'torch.view_as_real(z)')
    """
    if operation.startswith("torch."):
        return operation.replace("(x)", f"({on})")
    return f"{on}{operation}" if operation.startswith("[") else f"{on}.{operation}"


def _result(answer: Answer) -> str:
    if answer.dtype is None or answer.parts:
        return ""
    if answer.shape is None or answer.strides is None:
        return f"{_name(answer.dtype)}, shape not known, on {answer.device}"
    offset = "not known" if answer.offset is None else answer.offset
    layout = f"strides {list(answer.strides)}, offset {offset}"
    return f"{_name(answer.dtype)} {list(answer.shape)} on {answer.device}, {layout}"


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _list(numbers: tuple[int, ...] | None) -> list[int] | None:
    return None if numbers is None else list(numbers)

"""The register of explanations: which message belongs to which, and how the note is laid out."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from torch import Tensor

from retorch.explanations._calls import Call

_FAMILIES = (
    "_views", "_inplace", "_backward", "_gradients", "_devices", "_dtypes", "_indexing", "_matmul", "_broadcasting",
    "_layers", "_joining", "_losses", "_numpy", "_scalars",
)  # fmt: skip
_TENSORS_TOLD = 6
_MESSAGE_READ = 4000


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one error means in one call.

    Attributes:
        why: the cause, in a sentence or two.
        remedy: what to do, the shortest first.
        about: the tensors to show, each with the name that the explanation gives it; None shows those of the call.
    """

    why: str
    remedy: str = ""
    about: Sequence[tuple[str, Tensor]] | None = None


Explainer = Callable[[Call, "re.Match[str]"], Explanation | None]
_REGISTER: list[tuple[re.Pattern[str], Explainer]] = []


def explains(*messages: str) -> Callable[[Explainer], Explainer]:
    """Register a function as the explanation of all errors whose message matches one of the expressions.

    The function gets the failing call and the match. It returns None where the call does not bear out what the message
    seems to say: no explanation is better than a wrong one.
    """

    def register(explainer: Explainer) -> Explainer:
        _REGISTER.extend((re.compile(message, re.DOTALL), explainer) for message in messages)
        return explainer

    return register


def explanation_note(call: Call, *, is_outermost: bool) -> str:
    """Return the note for an error: its explanation, or of an unknown one the call with its tensors; "" without both.

    Args:
        call: what failed.
        is_outermost: whether torch itself raised the error, not the user's code that torch had called back.
    """
    explanation = _explanation(call)
    if explanation is None:
        return _laid_out(call, Explanation("")) if is_outermost and call.tensors else ""
    return _laid_out(call, explanation)


def _explanation(call: Call) -> Explanation | None:
    message = str(call.error)[:_MESSAGE_READ]
    for pattern, explainer in _register():
        match = pattern.search(message)
        if match is None:
            continue
        # A tensor of an unusual kind may not answer what the explanation asks it.
        with contextlib.suppress(Exception):
            explanation = explainer(call, match)
            if explanation is not None:
                return explanation
    return None


@cache
def _register() -> list[tuple[re.Pattern[str], Explainer]]:
    for family in _FAMILIES:
        import_module(f"{__package__}.{family}")
    return _REGISTER


def _laid_out(call: Call, explanation: Explanation) -> str:
    lines = [f"retorch: {_headline(call)}", *_tensor_lines(call, explanation)]
    if explanation.why:
        lines.append(explanation.why)
    if explanation.remedy:
        lines.append(f"What to do: {explanation.remedy}")
    return "\n".join(lines)


def _headline(call: Call) -> str:
    words = [call.site.told(call.operation)]
    if call.module:
        words.append(f"in {call.module}")
    if not call.is_direct:
        words.append(f"by {call.qualified}")
    return ", ".join(words)


def _tensor_lines(call: Call, explanation: Explanation) -> list[str]:
    about = explanation.about
    if about is None:
        about = [("", tensor) for tensor in call.tensors]
    lines = [f"  {call.layout(tensor, name)}" for name, tensor in about[:_TENSORS_TOLD]]
    rest = len(about) - _TENSORS_TOLD
    return [*lines, *([f"  and {rest} more tensors"] if rest > 0 else [])]

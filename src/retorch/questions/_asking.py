"""`ask`: what an operation would do to a tensor, found on a twin without memory.

One mechanism answers for all operations: torch does it to a meta tensor with the same layout, and the result is looked
at. Share or copy is read off the storages, never off operator schemas, which always say "alias" for `reshape`.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from retorch.errors import UsageError
from retorch.questions._answers import Answer, Raised
from retorch.questions._outcomes import Outcome
from retorch.questions._performing import Operation, bytes_of_copies, perform
from retorch.questions._reasons import wanted_shape, why_copied, why_refused, words_of
from retorch.questions._remedies import find_remedy
from retorch.questions._twins import Subject, plain_torch, same_storage, twin_of


def ask(subject: Subject, name: str, *args: Any, **kwargs: Any) -> Answer:
    """Tell what an operation would do to a tensor: work or not, share or copy, and which layout comes out.

    Args:
        subject: what is known about the tensor; the tensor itself is not needed.
        name: a method or attribute of `torch.Tensor`, "view_as_real", "view_as_complex", or "index" with a key.
        args: as for the operation. Tensors among them give their shape, dtype and device; only index tensors are read.
        kwargs: the same.

    Returns:
        The answer. What torch would raise is in `answer.error`.

    Raises:
        UsageError: the question itself cannot be answered.
    """
    operation = Operation(name, args, kwargs)
    with plain_torch():
        twin = twin_of(subject)
        try:
            outcome = perform(subject, twin, operation)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever torch raises is the answer
            return _refused(subject, operation, error)
        return _done(subject, twin, operation, outcome)


def _refused(subject: Subject, operation: Operation, error: Exception) -> Answer:
    return Answer(
        operation=str(operation),
        subject=subject.name,
        possible=False,
        reason=why_refused(subject, operation, error),
        error=Raised(type(error).__name__, words_of(error)),
        remedy=find_remedy(subject, operation),
        reshape=_reshaped(subject, operation),
    )


def _done(subject: Subject, twin: Tensor, operation: Operation, outcome: Outcome) -> Answer:
    if isinstance(outcome.result, tuple):
        return _several(subject, twin, operation, outcome)
    if outcome.result is None:
        return Answer(
            operation=str(operation),
            subject=subject.name,
            possible=True,
            dtype=subject.dtype,
            device=outcome.device,
            shares=False,
            reason=outcome.reason,
        )
    return _one(subject, twin, operation, outcome, outcome.result)


def _one(subject: Subject, twin: Tensor, operation: Operation, outcome: Outcome, result: Tensor) -> Answer:
    shares = same_storage(twin, result)
    return Answer(
        operation=str(operation),
        subject=subject.name,
        possible=True,
        shape=tuple(result.shape),
        strides=result.stride(),
        offset=int(result.storage_offset()) if outcome.offset_known else None,
        dtype=result.dtype,
        device=outcome.device,
        shares=shares,
        bytes_copied=bytes_of_copies(twin, [result]),
        same_object=result is twin,
        reason="" if shares else outcome.reason or why_copied(subject, operation, result),
        reshape=_reshaped(subject, operation),
    )


def _several(subject: Subject, twin: Tensor, operation: Operation, outcome: Outcome) -> Answer:
    assert isinstance(outcome.result, tuple)
    parts = [_one(subject, twin, operation, outcome, result) for result in outcome.result]
    return Answer(
        operation=str(operation),
        subject=subject.name,
        possible=True,
        dtype=subject.dtype,
        device=outcome.device,
        shares=all(part.shares for part in parts),
        bytes_copied=bytes_of_copies(twin, outcome.result),
        parts=tuple(parts),
    )


def _reshaped(subject: Subject, operation: Operation) -> Answer | None:
    if wanted_shape(subject, operation) is None:
        return None
    return ask(subject, operation.name.replace("view", "reshape"), *operation.args, **operation.kwargs)

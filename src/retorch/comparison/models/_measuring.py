"""Whether two tensors agree, and what is to be said where they do not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from retorch.comparison.models._outputs import Value, same_bits
from retorch.comparison.models._pairing import Beside, lay_beside, permutations_between
from retorch.replay import Size, size_of


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far outputs may be apart and still agree: within any of these. All 0 asks for the same bits.

    Attributes:
        ulp: in units in the last place, element by element.
        rtol, atol: as `torch.allclose` has them, against B.
    """

    ulp: int = 0
    rtol: float = 0.0
    atol: float = 0.0

    def allows(self, size: Size, a: Tensor, b: Tensor) -> bool:
        """Say whether two tensors agree, equal NaN taken out of both."""
        if not size.different:
            return True
        if self.ulp and size.max_ulp is not None and size.max_ulp <= self.ulp:
            return True
        return bool(self.rtol or self.atol) and torch.allclose(*_as_numbers(a, b), rtol=self.rtol, atol=self.atol)

    def __str__(self) -> str:
        words = [f"{self.ulp} ulp"] if self.ulp else []
        words += [f"{name}={value:g}" for name, value in (("rtol", self.rtol), ("atol", self.atol)) if value]
        return "within " + " or ".join(words) if words else "bit for bit"


def _as_numbers(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    kind = torch.complex128 if a.is_complex() else torch.float64
    return a.to(kind), b.to(kind)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether tensors agree.

    Attributes:
        agree: within the tolerance, in the layout in which they lie.
        size: of the worst of them; None where the shapes do not fit.
        relative: the largest difference over the largest magnitude in A's tensor; None where that cannot be told.
        hint: words about dtypes, layout, NaN, zeros.
    """

    agree: bool
    size: Size | None
    hint: str = ""
    relative: float | None = None


def compare_values(ours: Sequence[Value], theirs: Sequence[Value], tolerance: Tolerance) -> Verdict | None:
    """Compare what two calls gave or got; None where no tensor of one finds a place beside one of the other."""
    beside = lay_beside(ours, theirs)
    return None if beside is None else worst(_compare_pair(pair, tolerance) for pair in beside)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that disagrees most."""
    return max(verdicts, key=lambda one: (not one.agree, _weight(one.size)))


def _weight(size: Size | None) -> float:
    if size is None:
        return float("inf")
    if size.max_abs is None:
        return float("inf") if size.different else 0.0
    return size.max_abs


def _compare_pair(pair: Beside, tolerance: Tolerance) -> Verdict:
    a, b = pair.a.tensor, pair.b.tensor
    if pair.fit == "same":
        verdict = compare_tensors(a, b, tolerance)
        return verdict if verdict.agree else _other_layout(a, b, tolerance, verdict)
    if pair.fit == "squeezed":
        verdict = compare_tensors(a.reshape(b.shape), b, tolerance)
        return replace(verdict, hint=_join(f"shapes {_shape(a)} and {_shape(b)}", verdict.hint))
    tried = [(order, compare_tensors(a, b.permute(order), tolerance)) for order in permutations_between(a, b)]
    if not tried:
        return Verdict(agree=False, size=None, hint=f"shapes {_shape(a)} and {_shape(b)}")
    order, verdict = min(tried, key=lambda one: (not one[1].agree, _weight(one[1].size)))
    words = f"equal after b.permute{order}" if verdict.agree else f"compared as b.permute{order}"
    return replace(verdict, hint=_join(words, verdict.hint))


def _other_layout(a: Tensor, b: Tensor, tolerance: Tolerance, verdict: Verdict) -> Verdict:
    """Look whether tensors of one shape agree when dimensions are exchanged: then the layout is what differs."""
    for order in permutations_between(a, b):
        turned = b.permute(order)
        if turned.shape == a.shape and compare_tensors(a, turned, tolerance).agree:
            return replace(verdict, hint=f"equal after b.permute{order}: the dimensions are in another order")
    return verdict


def compare_tensors(a: Tensor, b: Tensor, tolerance: Tolerance) -> Verdict:
    """Compare two tensors of one shape, those of two dtypes in the coarser one. Equal NaN are equal.

    Args:
        a: on the CPU.
        b: on the CPU, of the same shape.
        tolerance: without any, the same bits are asked for, NaN aside.
    """
    if a is b:
        return Verdict(agree=True, size=Size(a.numel(), 0, 0, 0.0), relative=0.0)
    words = "" if a.dtype == b.dtype else f"{_dtype(a)} and {_dtype(b)}, compared as {_dtype_name(_coarser(a, b))}"
    if a.dtype != b.dtype:
        a, b = a.to(_coarser(a, b)), b.to(_coarser(a, b))
    a, b, nans = _without_equal_nans(a, b)
    size = size_of(a, b)
    if size is None:  # two float4 in a byte
        return Verdict(agree=same_bits(a, b), size=None, hint=words)
    agree = tolerance.allows(size, a, b)
    if not agree and size.max_ulp == 0:
        words = _join(words, "they differ in signs of zeros only")
    return Verdict(agree=agree, size=size, hint=_join(words, nans), relative=_relative(size, a))


def _relative(size: Size, a: Tensor) -> float | None:
    if size.max_abs is None or not size.different:
        return None if size.different else 0.0
    largest = float(a.abs().max().to(torch.float64))
    return size.max_abs / largest if 0.0 < largest < math.inf else None


def _without_equal_nans(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, str]:
    if not (a.is_floating_point() or a.is_complex()):
        return a, b, ""
    nan_a, nan_b = a.isnan(), b.isnan()
    if not (nan_a.any() or nan_b.any()):
        return a, b, ""
    both = nan_a & nan_b
    only_a, only_b = int((nan_a & ~both).sum()), int((nan_b & ~both).sum())
    words = f"NaN in both at the same {int(both.sum())} places" if not only_a and not only_b else (
        f"NaN at {only_a + int(both.sum())} places of A and {only_b + int(both.sum())} of B"
    )  # fmt: skip
    return a.masked_fill(both, 0), b.masked_fill(both, 0), words


def _coarser(a: Tensor, b: Tensor) -> torch.dtype:
    """Return the floating dtype of two that has fewer digits; whole numbers beside it take it on."""
    floating = [one.dtype for one in (a, b) if one.is_floating_point()]
    if len(floating) < 2:
        return torch.promote_types(a.dtype, b.dtype)
    return max(floating, key=lambda dtype: torch.finfo(dtype).eps)


def _join(*words: str) -> str:
    return "; ".join(one for one in words if one)


def _dtype(tensor: Tensor) -> str:
    return _dtype_name(tensor.dtype)


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _shape(tensor: Tensor) -> str:
    return str(list(tensor.shape))

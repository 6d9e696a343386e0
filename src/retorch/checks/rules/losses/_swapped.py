"""Whether the two arguments of a loss stand in each other's place."""

from __future__ import annotations

from torch import Tensor

from retorch.checks._observations import OperationDone
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._values import (
    are_rows_of_probabilities,
    class_axis,
    has_shape,
    value_range,
    values_are_zero_or_one,
)


def are_swapped(seen: OperationDone) -> bool:
    """Tell whether a loss got targets for its input, and outputs for its target.

    No gradient goes to the input and one goes to the target. That alone is right as well: a divergence may be taken
    the other way round. But the input is what no output is: probabilities where scores or logarithms belong.
    """
    if len(seen.args) < 2 or seen.kwargs.get("log_target"):
        return False
    given, target = seen.args[:2]
    if not (has_shape(given) and has_shape(target)) or given.requires_grad or not target.requires_grad:
        return False
    return _is_target(name_of(seen.function), given, target)


def _is_target(name: str, given: Tensor, target: Tensor) -> bool:
    if name == "cross_entropy":
        return are_rows_of_probabilities(given, class_axis(given))
    if name == "kl_div":
        return _lies_in_reach(given) and _leaves_reach(target)
    if name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
        return values_are_zero_or_one(given) or (_lies_in_reach(given) and _leaves_reach(target))
    return False


def _lies_in_reach(given: Tensor) -> bool:
    """Tell whether the values may be probabilities, and are not all 0."""
    low, high = value_range(given) or (0.0, 0.0)
    return low >= 0 and 0 < high <= 1


def _leaves_reach(target: Tensor) -> bool:
    low, high = value_range(target) or (0.0, 1.0)
    return not (low >= 0 and high <= 1)  # NaN is what comes of it after one step

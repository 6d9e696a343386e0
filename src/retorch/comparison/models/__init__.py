"""Two models on one batch, call by call: for people who write a model again and want the same numbers."""

from retorch.comparison.models._command import compare_named
from retorch.comparison.models._comparing import compare_models
from retorch.comparison.models._facts import (
    Carried,
    Departure,
    GradientRow,
    ModelComparison,
    Row,
    Unmatched,
)

__all__ = [
    "Carried",
    "Departure",
    "GradientRow",
    "ModelComparison",
    "Row",
    "Unmatched",
    "compare_models",
    "compare_named",
]

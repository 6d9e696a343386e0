"""What torch's errors mean: one file a family, one function an error, each with what it knows and from where.

Start at `explanation_note`. A new error is one more function with `@explains(its message)`.
"""

from retorch.explanations.errors._registry import Explanation, explains, explanation_note

__all__ = ["Explanation", "explains", "explanation_note"]

"""Where two traces of `tracing_script.py` part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Parting:
    """Where two traces part.

    Attributes:
        step: optimizer steps completed before.
        phase: "start", "loop" (data and what the body does before the backward), "backward" or "optimizer".
        module: the innermost module that was computing, by its attribute path; "" outside.
        a, b: the operations, "" where the trace is at its end.
        lines: where the user's source set them off, "file.py:12"; in the backward pass its call.
    """

    step: int
    phase: str
    module: str
    a: str
    b: str
    lines: tuple[str, str]


def parting(first: Path, second: Path) -> Parting | None:
    """Return the first operation whose name, numbers or outputs differ; None where there is none."""
    a, b = (path.read_text().splitlines() for path in (first, second))
    for left, right in zip(a, b, strict=False):
        one, other = json.loads(left), json.loads(right)
        if one["did"] != other["did"]:
            return Parting(
                one["step"], one["phase"], one["module"], one["did"][0], other["did"][0], (one["line"], other["line"])
            )
    if len(a) == len(b):
        return None
    longer = json.loads((a if len(a) > len(b) else b)[min(len(a), len(b))])
    names = (longer["did"][0], "") if len(a) > len(b) else ("", longer["did"][0])
    return Parting(longer["step"], longer["phase"], longer["module"], *names, (longer["line"], longer["line"]))

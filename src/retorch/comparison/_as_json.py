"""`as_json`: what a comparison found, for programs."""

from __future__ import annotations

from typing import Any

from retorch.comparison._difference import Comparison, First, Line, Side
from retorch.comparison._phrases import is_compared, verdict
from retorch.replay import Size


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return what was found as plain values.

    Steps and epochs count from 0, as `run.step` and `run.epoch` do. `agree` is null where nothing could be compared,
    `first` where no difference is known. `file` and `line` are those of A; B's stand beside them.
    """
    difference = comparison.difference
    return {
        "agree": difference is None if is_compared(comparison) else None,
        "verdict": verdict(comparison),
        "compared_steps": comparison.compared_steps,
        "first": None if difference is None else _first(difference.first),
        "causes": [
            {"setting": cause.setting, "proven": cause.proven, "message": cause.message}
            for cause in (difference.causes if difference else ())
        ],
        "experiments": [
            {
                "setting": one.setting,
                "value": one.value,
                "gives": one.gives,
                "message": one.message,
                "steady": one.steady,
            }
            for one in (difference.experiments if difference else ())
        ],
        "environments": [
            {"name": fact.name, "a": fact.a, "b": fact.b, "likelihood": fact.likelihood, "why": fact.why}
            for fact in comparison.unlike
        ],
        "modules": [{"path": path, "kind": kind, "equal": equal} for path, kind, equal in comparison.modules],
        "strip": [{"first": first, "steps": steps, "state": state} for first, steps, state in comparison.strip],
        "notes": list(comparison.notes),
        "a": _side(comparison.a),
        "b": _side(comparison.b),
    }


def _first(first: First) -> dict[str, Any]:
    return {
        "step": first.step,
        "epoch": first.epoch,
        "phase": first.phase,
        "module": first.module,
        "operation": first.operation,
        **_line(first.a, ""),
        "other_operation": first.other_operation,
        **_line(first.b, "other_"),
        "detail": first.detail,
        "tensor": first.tensor,
        "exact": first.exact,
        "size": None if first.size is None else _size(first.size),
    }


def _line(line: Line | None, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}file": line.file if line else None,
        f"{prefix}line": line.line if line else None,
        f"{prefix}text": line.text if line else None,
    }


def _size(size: Size) -> dict[str, Any]:
    return {
        "elements": size.elements,
        "different": size.different,
        "share": size.share,
        "max_ulp": size.max_ulp,
        "max_abs": size.max_abs,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "path": str(side.path),
        "steps": side.steps,
        "level": side.level,
        "seed": side.seed,
        "command": side.command,
        "environment": side.environment,
        "config": side.config,
    }

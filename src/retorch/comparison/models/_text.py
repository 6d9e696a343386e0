"""A comparison of two models as text for people and as JSON values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from retorch.comparison.models._facts import Departure, GradientRow, ModelComparison, Row, Unmatched
from retorch.comparison.models._measuring import Tolerance
from retorch.replay import Size

_MOST_ROWS = 40
_AROUND = 8
_MOST_NAMES = 12


def to_text(found: ModelComparison) -> str:
    """Return what was found, the answer first."""
    blocks = [
        _answer(found),
        *([_departure(found.first)] if found.first else []),
        _rows(found),
        *_gradients(found),
        *_lists(found),
        "\n".join(f"note: {note}" for note in found.notes),
    ]
    return "\n\n".join(block for block in blocks if block)


def to_dict(found: ModelComparison) -> dict[str, Any]:
    """Return it as JSON values; `first` has `module` and `other_module` beside the rest of what is known."""
    answer: dict[str, Any] = {"agree": found.agree, **asdict(found)}
    if found.first is not None:
        answer["first"] |= {"module": found.first.row.a, "other_module": found.first.row.b}
    return answer


def _answer(found: ModelComparison) -> str:
    how = Tolerance(found.ulp, found.rtol, found.atol)
    agreeing = sum(row.agree for row in found.rows)
    verdict = "agree" if found.agree else "differ"
    return f"{found.a} and {found.b} {verdict} {how}\n{agreeing} of {len(found.rows)} compared outputs agree"


def _departure(first: Departure) -> str:
    row = first.row
    lines = [f"first departure: {_called(row.a, row.kind_a)} in A, {_called(row.b, row.kind_b)} in B"]
    lines += [f"  {_size_words(row.size, row.hint)}", f"  {_where(first)}"]
    lines += [f"  {one}" for one in first.findings]
    lines += [f"  {side}  {line}" for side, line in (("A", row.line_a), ("B", row.line_b)) if line]
    return "\n".join(lines)


def _called(name: str, kind: str) -> str:
    if not kind:
        return f"{name} (saved)"
    return f"{name} ({kind})" if name else f"the model itself ({kind})"


def _where(first: Departure) -> str:
    inner = _inner(first)
    if first.inside is None:
        return f"what it got is not known{inner}"
    if first.inside:
        return f"its inputs agree, so the difference arises in it{inner}"
    return f"its inputs differ already, so the difference arises before it{inner}"


def _inner(first: Departure) -> str:
    words = ""
    if first.behind is not None:
        names = first.behind[0] if first.behind[0] == first.behind[1] else f"{first.behind[0]} / {first.behind[1]}"
        words = f", after {names}, which agrees"
    for side, between in (("A", first.between_a), ("B", first.between_b)):
        if between:
            words += f"; {side} alone calls {', '.join(between)} there"
    if first.behind is not None and not first.between_a and not first.between_b:
        words += "; no module computes there, so it is functional code" if first.inside is not None else ""
    return words


def _size_words(size: Size | None, hint: str) -> str:
    if size is None:
        return hint or "its outputs cannot be laid beside each other"
    words = [f"{size.different:,} of {size.elements:,} elements differ"]
    if size.max_ulp is not None:
        words.append(f"up to {size.max_ulp:,} ulp")
    if size.max_abs is not None:
        words.append(f"up to {size.max_abs:.3g} in value")
    return ", ".join(words) + (f"; {hint}" if hint else "")


def _rows(found: ModelComparison) -> str:
    table = [("", "A", "B", "shape", "ulp", "max abs", "relative", "share", ""), *(_cells(row) for row in found.rows)]
    shown = _shown(found.rows)
    widths = [max(len(table[place + 1][column]) for place in shown) for column in range(9)]
    widths = [max(width, len(title)) for width, title in zip(widths, table[0], strict=True)]
    lines = [_line(table[0], widths)]
    before = -1
    for place in shown:
        if place != before + 1:
            lines.append(f"... {place - before - 1} more")
        lines.append(_line(table[place + 1], widths))
        before = place
    if before != len(found.rows) - 1:
        lines.append(f"... {len(found.rows) - 1 - before} more")
    return "\n".join(lines)


def _shown(rows: Sequence[Row]) -> list[int]:
    """Return which rows to show: all, or of many those round the first departure and the last."""
    if len(rows) <= _MOST_ROWS:
        return list(range(len(rows)))
    first = next((place for place, row in enumerate(rows) if not row.agree), 0)
    return [place for place in range(len(rows)) if abs(place - first) <= _AROUND or place >= len(rows) - _AROUND]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    mark = "agrees" if row.agree else "differs after" if row.after else "DEPARTS"
    shapes = " ".join(str(list(shape)) for shape in row.shapes_a)
    size = row.size
    numbers = ("", "", "", "")
    if size is not None and size.different:
        numbers = (
            "" if size.max_ulp is None else f"{size.max_ulp:,}",
            "" if size.max_abs is None else f"{size.max_abs:.2g}",
            "" if row.relative is None else f"{row.relative:.2g}",
            f"{size.share:.1%}",
        )
    return mark, _short(row.a, row.kind_a), _short(row.b, row.kind_b), shapes, *numbers, row.hint


def _short(name: str, kind: str) -> str:
    return f"{name or '(model)'} {kind}".rstrip()


def _gradients(found: ModelComparison) -> Iterator[str]:
    if not found.gradients:
        return
    unlike = [row for row in found.gradients if not row.agree]
    lines = [f"{len(found.gradients) - len(unlike)} of {len(found.gradients)} gradients agree"]
    if unlike:
        lines[0] += ", last layers first:"
    lines += [f"  {_gradient_words(row)}" for row in unlike[:_MOST_NAMES]]
    if len(unlike) > _MOST_NAMES:
        lines.append(f"  and {len(unlike) - _MOST_NAMES} more")
    yield "\n".join(lines)


def _gradient_words(row: GradientRow) -> str:
    a, b = "+".join(row.a), "+".join(row.b)
    return f"{a if a == b else f'{a} / {b}'}: {_size_words(row.size, row.hint)}"


def _lists(found: ModelComparison) -> Iterator[str]:
    for side, modules in (("A", found.unmatched_a), ("B", found.unmatched_b)):
        if modules:
            yield f"only in {side}\n" + "\n".join(_by_reason(modules))
    changed = [one for one in found.carried if one.how]
    if changed:
        lines = [f"  {'+'.join(one.a)} / {'+'.join(one.b)}: {one.how}" for one in changed]
        yield "weights that the two keep differently\n" + "\n".join(_first_of(lines))
    for side, left in (("A", found.left_a), ("B", found.left_b)):
        if left:
            yield f"weights only in {side}: " + ", ".join(_first_of(list(left)))


def _by_reason(modules: Sequence[Unmatched]) -> list[str]:
    """Return a line for each reason, with the modules that have it."""
    reasons: dict[str, list[str]] = {}
    for one in modules:
        reasons.setdefault(one.why, []).append(_short(one.name, one.kind))
    return _first_of(
        [
            f"  {', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}: {why}"
            for why, names in reasons.items()
        ]
    )


def _first_of(lines: list[str]) -> list[str]:
    rest = len(lines) - _MOST_NAMES
    return lines if rest <= 0 else [*lines[:_MOST_NAMES], f"  and {rest} more"]

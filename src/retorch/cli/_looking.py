"""Looking at what expressions give: cards on stdout, drawings and a page into files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

import retorch
from retorch.cli._answers import print_json
from retorch.cli._exits import ExitCode, say
from retorch.cli._expressions import HOW_TO_ASK, Expressions
from retorch.errors import UsageError
from retorch.inspection import Collection, Inspection, SharingMap
from retorch.memory import is_member
from retorch.pictures import Section, memory_page, write_page, write_svg
from retorch.questions import Answer


@dataclass(frozen=True)
class Look:
    """One expression: what it is called, what was found, and the answers to the questions about it."""

    name: str
    found: Inspection | Collection
    answers: tuple[Answer, ...]


def look(
    texts: Sequence[str], questions: Sequence[str], *, svg: Path | None, html: Path | None, as_json: bool
) -> ExitCode:
    """Evaluate, inspect, print; several expressions show who shares with whom."""
    for path, suffix in ((svg, ".svg"), (html, ".html")):
        _refuse_other_ending(path, suffix)
    expressions = Expressions()
    named = _evaluated(expressions, texts)
    looks = [_look_at(expressions, name, value, questions) for name, value in named.items()]
    sharing = retorch.sharing(named) if len(named) > 1 else None
    if as_json:
        print_json(_as_data(looks, sharing))
    else:
        _print_cards(looks, sharing)
    _write_files(looks, sharing, svg, html)
    return ExitCode.CLEAN


def _refuse_other_ending(path: Path | None, suffix: str) -> None:
    if path is not None and path.suffix.lower() != suffix:
        raise UsageError(f"{path} ends in {path.suffix!r}; name a file that ends in {suffix}")


def _evaluated(expressions: Expressions, texts: Sequence[str]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for text in texts:
        name, value = expressions.evaluate(text)
        twice = sum(one == name or one.startswith(f"{name} (") for one in named)
        named[f"{name} ({twice + 1})" if twice else name] = value
    return named


def _look_at(expressions: Expressions, name: str, value: Any, questions: Sequence[str]) -> Look:
    # What is inside a long expression is called as it is there: the expression stands above the table.
    called = name if is_member(value) or name.isidentifier() else None
    try:
        found = retorch.inspect(value, name=called)
        if questions:
            _require_one(found)
        return Look(name, found, tuple(_answer(expressions, found, question) for question in questions))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _require_one(found: Inspection | Collection) -> None:
    if isinstance(found, Collection):
        names = ", ".join([*found][:3])
        raise UsageError(f"a question is about one tensor; type an expression for one of those in it, such as {names}")


def _answer(expressions: Expressions, found: Any, question: str) -> Answer:
    answer = expressions.ask(found, question)
    if not isinstance(answer, Answer):
        raise UsageError(f"{question!r} gives no answer. {HOW_TO_ASK}")
    return answer


def _print_cards(looks: Sequence[Look], sharing: SharingMap | None) -> None:
    for number, one in enumerate(looks):
        if number:
            typer.echo()
        typer.echo(_text(one))
        for answer in one.answers:
            typer.echo(f"\n{answer}")
    if sharing is not None:
        typer.echo(f"\n{sharing}")


def _text(one: Look) -> str:
    named = isinstance(one.found, Inspection) or one.name.isidentifier()
    return str(one.found) if named else f"{one.name}\n{one.found}"


def _as_data(looks: Sequence[Look], sharing: SharingMap | None) -> dict[str, Any]:
    found = [
        {**one.found.to_dict(), "name": one.name, "answers": [answer.to_dict() for answer in one.answers]}
        for one in looks
    ]
    return {"inspected": found, "sharing": None if sharing is None else sharing.to_dict()}


def _write_files(looks: Sequence[Look], sharing: SharingMap | None, svg: Path | None, html: Path | None) -> None:
    try:
        if svg is not None:
            write_svg((sharing or looks[0].found).to_svg(), svg)
            say(f"drawn: {svg}")
        if html is not None:
            write_page(memory_page(_title(looks), _sections(looks, sharing)), html)
            say(f"written: {html}")
    except OSError as error:  # no room, no right to write, a folder of that name
        raise UsageError(f"cannot write the file: {error.strerror}: {error.filename2 or error.filename}") from None


def _title(looks: Sequence[Look]) -> str:
    return "retorch inspect: " + ", ".join(one.name for one in looks)


def _sections(looks: Sequence[Look], sharing: SharingMap | None) -> list[Section]:
    sections = []
    for one in looks:
        text = "\n\n".join([_text(one), *map(str, one.answers)])
        sections.append(Section(one.name, text, one.found.to_svg()))
    if sharing is not None:
        sections.append(Section("Who shares memory with whom", str(sharing), sharing.to_svg()))
    return sections

"""Options of a recipe: from `name=value` words to a checked configuration."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from retorch.errors import RunMismatch, UsageError
from retorch.recipes._recipe import Recipe


class Setting(NamedTuple):
    """One `name=value` as it was given."""

    name: str
    text: str


def configure(recipe: Recipe, settings: Iterable[str]) -> BaseModel:
    """Return the configuration of a recipe with some options set.

    A value is read as TOML or JSON where it is one (`0.1`, `true`, `[1, 2]`, `null`), else as a plain string. Of two
    values for one option the last counts.

    Args:
        recipe: whose options.
        settings: words of the form `name=value`; the name of a nested option has dots, `optimizer.lr=0.1`.

    Raises:
        UsageError: an option is misspelt or its value not allowed; every such option is named.

    >>> from retorch.recipes import load_recipe
    >>> configure(load_recipe("digits"), ["optimizer.lr=0.1"]).optimizer.lr
    0.1
    """
    given = [_split(word) for word in settings]
    known = dict(_options(recipe.Config))
    unknown = [_misspelt(setting.name, list(known)) for setting in given if setting.name not in known]
    if unknown:
        raise UsageError("\n".join(unknown))
    texts = {setting.name: setting.text for setting in given}
    try:
        return _validate(recipe, texts)
    except ValidationError as error:
        lines = [_describe(problem, texts, known) for problem in error.errors()]
        raise UsageError("\n".join(dict.fromkeys(lines))) from None


def configure_again(recipe: Recipe, recorded: Mapping[str, Any]) -> BaseModel:
    """Return the configuration that a run recorded.

    Raises:
        RunMismatch: the recipe has changed since and takes these options no longer.
    """
    try:
        return recipe.Config.model_validate(recorded)
    except ValidationError as error:
        problems = "\n".join(f"  {_name(problem)}: {problem['msg']}" for problem in error.errors())
        raise RunMismatch(
            f"{recipe.path} has changed since the run began and refuses its options:\n{problems}\n"
            f"Give `Config` these options back, or start a new run"
        ) from None


def _split(word: str) -> Setting:
    name, equals, text = word.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"an option is set as name=value, for example optimizer.lr=0.1; got {word!r}")
    return Setting(name.strip(), text.strip())


def _options(config: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in config.model_fields.items():
        yield prefix + name, field
        nested = _nested(field)
        if nested:
            yield from _options(nested, f"{prefix}{name}.")


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _misspelt(name: str, known: list[str]) -> str:
    # `lr` is a likely way to write `optimizer.lr`, and no close match by letters.
    leaf = name.rpartition(".")[2]
    close = [option for option in known if option.rpartition(".")[2] == leaf]
    close = close or difflib.get_close_matches(name, known, n=2)
    advice = f"did you mean {' or '.join(close)}?" if close else f"options: {', '.join(known)}"
    return f"there is no option {name!r}; {advice}"


def _validate(recipe: Recipe, texts: Mapping[str, str]) -> BaseModel:
    values = {name: read_value(text) for name, text in texts.items()}
    try:
        return recipe.Config.model_validate(_nest(values))
    except ValidationError as error:
        # A string option may well be given something that reads as a number: `name=7`.
        strings = {_name(problem) for problem in error.errors() if problem["type"] == "string_type"} & texts.keys()
        if not strings:
            raise
        return recipe.Config.model_validate(_nest({**values, **{name: texts[name] for name in strings}}))


def read_value(text: str) -> Any:
    """Read a TOML or JSON value, else take the text as it is.

    >>> read_value("1e-3"), read_value("true"), read_value("null"), read_value("adam")
    (0.001, True, None, 'adam')
    """
    try:
        table = tomllib.loads(f"value = {text}")
        if table.keys() == {"value"}:
            return table["value"]
    except tomllib.TOMLDecodeError:
        pass
    try:
        return json.loads(text)
    except ValueError:
        return text


def _nest(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in sorted(values.items()):
        *groups, leaf = name.split(".")
        place = nested
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):
                raise UsageError(f"{name} cannot be set beside {group}={place!r}; set one of the two")
        place[leaf] = value
    return nested


def _describe(problem: ErrorDetails, texts: Mapping[str, str], known: Mapping[str, FieldInfo]) -> str:
    name = _name(problem)
    message = problem["msg"][:1].lower() + problem["msg"][1:]
    if problem["type"] == "missing":
        return f"{name} must be given: --set {name}=VALUE"
    given = f"{name}={texts[name]}" if name in texts else name or "these options together"
    field = known.get(name)
    about = [field.description or "", "" if field.is_required() else f"default {_default(field)}"] if field else []
    notes = ", ".join(note for note in about if note)
    return f"{given}: {message}" + (f" ({notes})" if notes else "")


def _name(problem: ErrorDetails) -> str:
    return ".".join(map(str, problem["loc"]))


def _default(field: FieldInfo) -> str:
    return "(must be given)" if field.is_required() else str(field.get_default(call_default_factory=True))

"""A picture into a file, in one step: `draw_curves`, `write_svg`, `write_page`."""

from __future__ import annotations

import os
from pathlib import Path

from retorch.errors import UsageError
from retorch.pictures._curves import Curves


def draw_curves(facts: Curves, path: str | os.PathLike[str]) -> None:
    """Draw the curves into a .png or .svg file. The same facts give the same bytes.

    A file that is there is replaced in one step. matplotlib is imported here, 0.7 s the first time; its global
    state (settings, backend, pyplot's figures) is left alone.

    Raises:
        UsageError: the file is neither .png nor .svg.
        OSError: the file cannot be written; an old one is untouched.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{path} ends in {path.suffix!r}; curves are drawn as .png or .svg, so name one of these")
    from retorch.pictures._drawing import render  # noqa: PLC0415 - matplotlib is heavy, and many runs never draw

    _replace(path, render(facts, kind))


def write_svg(svg: str, path: str | os.PathLike[str]) -> None:
    """Write a drawing, as `draw_memory` and `draw_grid` return it, into an .svg file, replacing an old one in one step.

    Raises:
        UsageError: the file does not end in .svg, or its folder is not there.
        OSError: the file cannot be written; an old one is untouched.
    """
    _write(svg, Path(path), what="a drawing", suffixes=(".svg",))


def write_page(html: str, path: str | os.PathLike[str]) -> None:
    """Write a page, as `memory_page` returns it, into an .html file, replacing an old one in one step.

    Raises:
        UsageError: the file ends in neither .html nor .htm, or its folder is not there.
        OSError: the file cannot be written; an old one is untouched.
    """
    _write(html, Path(path), what="a page", suffixes=(".html", ".htm"))


def _write(text: str, path: Path, *, what: str, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        found = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise UsageError(f"{path} {found}; {what} is written as {suffixes[0]}, so give the file that ending")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}; make it first, or name another")
    _replace(path, text.encode())


def _replace(path: Path, picture: bytes) -> None:
    """Write aside and rename. No fsync: a picture that a power loss takes is drawn again from the records."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        aside.write_bytes(picture)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)

"""The pages of the documentation, read: their code blocks with the marks before them, their links, what they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_MARK = re.compile(r"<!-- (?P<key>[a-z ]+?)(?:: (?P<value>.+))? -->")
_LINK = re.compile(r"\[[^]]*\]\((?P<target>[^)\s]+)\)|<img [^>]*src=\"(?P<source>[^\"]+)\"")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: the page it stands on.
        line: the number of its first line of text, from 1.
        language: the word behind the fence.
        text: what is inside.
        marks: of the HTML comments directly above it, such as {"not run": "the reason"}.
        follows: whether nothing but a blank line stands between the block before and this one.
    """

    page: Path
    line: int
    language: str
    text: str
    marks: dict[str, str]
    follows: bool

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found: list[Block] = []
    end, number = -1, 0
    while number < len(lines):
        if lines[number].startswith("```"):
            close = lines.index("```", number + 1)
            text = "\n".join(lines[number + 1 : close]) + "\n"
            marks, above = _marks_above(lines, number)
            follows = end >= 0 and not "".join(lines[end + 1 : above]).strip()
            found.append(Block(page, number + 2, lines[number][3:].strip(), text, marks, follows))
            end = number = close
        number += 1
    return found


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[str]:
    """Return the targets of the links and pictures of a page."""
    return [match["target"] or match["source"] for match in _LINK.finditer(prose(page))]


def anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def words_in_code(page: Path) -> list[str]:
    """Return what stands between backticks in the text of a page."""
    return _CODE.findall(prose(page))


def _marks_above(lines: list[str], number: int) -> tuple[dict[str, str], int]:
    marks: dict[str, str] = {}
    while number and (match := _MARK.fullmatch(lines[number - 1].strip())):
        marks[match["key"]] = match["value"] or ""
        number -= 1
    return marks, number

"""Which line of the source a reader should look at: where an order is used, where samples were cut out."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from retorch.checks.rules.data._sources import parsed
from retorch.lines import Site

_Node = TypeVar("_Node", bound=ast.stmt | ast.expr)


def line_that_uses(drawn: Site) -> Site:
    """Return the line that picks rows by an order that was drawn: the same one, or the first to use its variable so."""
    tree = parsed(drawn.file)
    names = _drawn_in(tree, drawn)
    line, seen = drawn.line, set[str]()
    while names - seen:
        seen |= names
        uses = sorted(_uses(tree, names), key=lambda use: (use.line < line, use.line, not use.is_index))
        if not uses:
            break
        line = uses[0].line
        if uses[0].is_index:
            break
        # A part of the order, such as `order[start : start + 32]`, may have a name again.
        names = uses[0].names
    return _moved(drawn, line)


def line_that_cut(used: Site) -> Site:
    """Return the last line before a call that cut its arguments out of something; the call itself without one."""
    tree = parsed(used.file)
    names = {name for node in _at(tree, used.line, ast.Call) for each in node.args if (name := _name(each))}
    cuts = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.lineno <= used.line and names & _names(*node.targets)
        if any(isinstance(each, ast.Subscript) for each in ast.walk(node.value))
    ]
    return _moved(used, max(cuts, default=used.line))


class _Use(NamedTuple):
    """`values[name]`, or something else that is done with a name, and what other names get it by that."""

    line: int
    is_index: bool
    names: set[str]


def _uses(tree: ast.Module, names: set[str]) -> Iterator[_Use]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and names & _names(node.slice):
            yield _Use(node.lineno, is_index=True, names=set())
        elif isinstance(node, ast.Assign) and any(_is_part(each, names) for each in ast.walk(node.value)):
            yield _Use(node.lineno, is_index=False, names=_names(*node.targets))
        elif isinstance(node, (ast.For, ast.comprehension)) and names & _names(node.iter):
            yield _Use(node.target.lineno, is_index=False, names=_names(node.target))


def _is_part(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Subscript) and _name(node.value) in names


def _drawn_in(tree: ast.Module, drawn: Site) -> set[str]:
    """Return the variables, or attributes, that hold an order; none where it is used at once."""
    found = set[str]()
    for node in _at(tree, drawn.line, ast.Assign):
        if _plain(drawn.expression) in _plain(ast.unparse(node)) and not any(_is_used(each) for each in ast.walk(node)):
            found |= _names(*node.targets)
    for call in _at(tree, drawn.line, ast.Expr):
        if isinstance(call.value, ast.Call):
            found |= {name for each in call.value.args if (name := _name(each))}
    return found


def _is_used(node: ast.AST) -> bool:
    """Tell whether something is picked by the result of a call: `x[torch.randperm(n)]`."""
    return isinstance(node, ast.Subscript) and any(isinstance(each, ast.Call) for each in ast.walk(node.slice))


def _at(tree: ast.Module, line: int, kind: type[_Node]) -> Iterator[_Node]:
    for node in ast.walk(tree):
        if isinstance(node, kind) and node.lineno <= line <= (node.end_lineno or node.lineno):
            yield node


def _names(*nodes: ast.AST) -> set[str]:
    return {name for node in nodes for each in ast.walk(node) if (name := _name(each))} - {"self"}


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _plain(source: str) -> str:
    return "".join(source.split()).replace('"', "'")


def _moved(site: Site, line: int) -> Site:
    text = linecache.getline(site.file, line).strip()
    return site if line == site.line else Site(site.file, line, site.function, text, text)

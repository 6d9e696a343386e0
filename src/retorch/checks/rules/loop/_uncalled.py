"""A method that is named in a statement of its own and not called: `optimizer.zero_grad` without parentheses."""

from __future__ import annotations

import ast
import linecache

from retorch.lines import Site


def uncalled(method: str, near: Site) -> Site | None:
    """Return the statement in the same file that names a method and does not call it; None where there is none.

    This decides nothing: it finds the better line for a mistake that has shown in what the code did.
    """
    source = "".join(linecache.getlines(near.file))
    try:
        statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    except (SyntaxError, ValueError):
        return None
    named = [each.value for each in statements if isinstance(each.value, ast.Attribute) and each.value.attr == method]
    if not named:
        return None
    line = min((each.lineno for each in named), key=lambda line: abs(line - near.line))
    text = linecache.getline(near.file, line).strip()
    return Site(near.file, line, near.function, text, text)

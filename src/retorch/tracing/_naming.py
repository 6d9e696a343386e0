"""What an operation is called where it was called: `reshape`, `@`, `indexing`."""

from __future__ import annotations

import ast
import os
from functools import lru_cache
from types import FrameType

from retorch.lines import parsed, site_of
from retorch.tracing._frames import TORCH

# These stand between a call and what it names, whatever that is.
_BETWEEN = tuple(
    TORCH + path.replace("/", os.sep)
    for path in ("_ops.py", "_tensor.py", "_utils.py", "storage.py", "overrides.py", "_compile.py", "autograd/",
                 "_dynamo/", "_functorch/", "_inductor/", "fx/")
)  # fmt: skip
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.MatMult: "@", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&",
}  # fmt: skip


def operation_name(frame: FrameType, user: FrameType | None) -> str:
    """Name an operation by the innermost call that is not one of torch's go-betweens; "" where nothing tells.

    Inside `nn.MultiheadAttention` that is what the module's own code calls, in the user's code what the user wrote.
    """
    here: FrameType | None = frame
    while here is not None:
        is_last = here is user
        if is_last or not here.f_code.co_filename.startswith(_BETWEEN):
            expression, code = site_of(here).expression, here.f_code
            name = _name_in(expression, () if is_last else (*code.co_varnames, *code.co_freevars))
            if name or is_last:
                return name
        here = here.f_back
    return ""


@lru_cache(maxsize=4096)
def _name_in(expression: str, handed_on: tuple[str, ...]) -> str:
    """Name the outermost operation of an expression; a library's `function(*args)` names nothing."""
    node = parsed(expression)
    # Where Python does not know the columns, the expression is the whole line.
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return)):
        node = node.value
    if isinstance(node, ast.Call):
        callee = node.func
        if isinstance(callee, ast.Attribute):
            return callee.attr
        return callee.id if isinstance(callee, ast.Name) and callee.id not in handed_on else ""
    if isinstance(node, ast.Subscript):
        return "indexing"
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.BinOp):
        return _SIGNS[type(node.op)]
    return _SIGNS[type(node.op)] + "=" if isinstance(node, ast.AugAssign) else ""

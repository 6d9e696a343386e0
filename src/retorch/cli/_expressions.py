"""Evaluating what the user typed: Python expressions with torch at hand."""

from __future__ import annotations

import ast
import linecache
from pathlib import Path
from typing import Any

import numpy as np
import torch

import retorch
from retorch.cli._exits import code_of
from retorch.errors import RetorchError, UsageError

HOW_TO_ASK = "Ask with a method or an index, such as 'view(2, -1)', 'permute(1, 0)' or '[::2, 0]'"


class Expressions:
    """The expressions of one command, evaluated one after the other in one namespace."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {
            "torch": torch,
            "nn": torch.nn,
            "F": torch.nn.functional,
            "np": np,
            "numpy": np,
            "retorch": retorch,
        }
        self._count = 0

    def evaluate(self, text: str) -> tuple[str, Any]:
        """Return what an expression is called and what it gives; what it raises is explained and shown.

        `x = torch.zeros(3)` is called "x" and known by this name from then on; anything else is called what it says.
        """
        self._count += 1
        file = f"<expression {self._count}>"
        # Tracebacks and notes show lines of a file; this one lies here.
        linecache.cache[file] = (len(text), None, [line + "\n" for line in text.splitlines()], file)
        with code_of(Path(file)), retorch.explaining():
            tree = ast.parse(text.strip(), file)
            name, value = self._split(tree, text)
            try:
                exec(compile(tree, file, "exec"), self._names)  # noqa: S102 - the user's own words
                result = eval(compile(ast.Expression(value), file, "eval"), self._names)  # noqa: S307 - as above
            except SystemExit as left:
                raise UsageError(_left(text, left)) from None
            if name is not None:
                self._names[name] = result
            return name or _words(text.strip(), value), result

    def ask(self, subject: Any, question: str) -> Any:
        """Return what a method or an index, typed as text, gives for a subject.

        Raises:
            UsageError: it is not written as one, or there is no such method.
        """
        asked = question.strip()
        call = f"subject{asked}" if asked.startswith("[") else f"subject.{asked.removeprefix('.')}"
        try:
            tree = ast.parse(call, "<question>", "eval")
            return eval(compile(tree, "<question>", "eval"), {**self._names, "subject": subject})  # noqa: S307 - as above
        except RetorchError:
            raise
        except SystemExit as left:
            raise UsageError(_left(question, left)) from None
        except Exception as error:  # noqa: BLE001 - whatever the user typed may raise
            raise UsageError(f"{question!r} is no question: {_told(error, subject)}. {HOW_TO_ASK}") from None

    @staticmethod
    def _split(tree: ast.Module, text: str) -> tuple[str | None, ast.expr]:
        """Take the last statement off, which gives the value; what stands before it is run for its effects."""
        last = tree.body.pop() if tree.body else None
        if isinstance(last, ast.Expr):
            return None, last.value
        if isinstance(last, ast.Assign) and len(last.targets) == 1 and isinstance(last.targets[0], ast.Name):
            return last.targets[0].id, last.value
        raise UsageError(f"{text!r} gives no value; type an expression, or NAME = EXPRESSION")


def _words(text: str, value: ast.expr) -> str:
    """Return the last expression of a text as it is written, on one line."""
    written = ast.get_source_segment(text, value) or text
    return " ".join(line.strip() for line in written.splitlines())


def _left(text: str, left: SystemExit) -> str:
    return f"{text!r} leaves Python with exit code {left.code!r} before it gives a value"


def _told(error: Exception, subject: Any) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    if isinstance(error, AttributeError) and error.obj is subject:
        return f"nothing is called {error.name}"
    return f"{type(error).__name__}: {error}"

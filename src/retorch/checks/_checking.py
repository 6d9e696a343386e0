"""`checking`: the checker round any code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retorch.checks._allowing import Allowing, allowed_in_project
from retorch.checks._checker import Checker
from retorch.checks._findings import Findings
from retorch.checks._names import named
from retorch.checks.rules import all_rules


@contextmanager
def checking(
    *, steps: int = 3, allow: Iterable[str] = (), select: Iterable[str] | None = None
) -> Iterator[Findings]:  # fmt: skip
    """Name the silent mistakes of the code inside, with file and line.

    The code computes the same bits as without. Calls such as `backward`, `step`, `state_dict` are watched all the time,
    each single operation of torch only in the first steps of training and of evaluation. What runs in other threads or
    processes is not watched. Nothing is printed: `print(findings)` shows the report.

    Args:
        steps: how many steps of training, and calls of the model in evaluation, are watched operation by operation.
        allow: names of checks that are meant to be as they are; also `# retorch: allow NAME` at the line, and
            `[tool.retorch.check] allow = [...]` in `pyproject.toml`.
        select: names of the only checks that are wanted; None for all.

    Yields:
        The findings, readable at any time; complete when the `with` has ended.

    Raises:
        UsageError: there is no check of a name in `allow` or `select`.

    >>> import torch
    >>> model = torch.nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with checking() as findings:
    ...     model(torch.ones(4, 2)).sum().backward()
    ...     optimizer.step()
    >>> findings.errors
    ()
    """
    checker = make_checker(steps=steps, allow=allow, select=select)
    with checker:
        yield checker.findings


def make_checker(*, steps: int, allow: Iterable[str], select: Iterable[str] | None) -> Checker:
    """Return a checker that is not open yet; see `checking`."""
    rules = all_rules()
    allowing = Allowing((*allow, *allowed_in_project(Path.cwd())), rules)
    return Checker(rules if select is None else named(rules, select), Findings(allowing), steps=steps)

"""`Checks`: the checker as an observer of a run."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from functools import partial

from retorch.checks._checker import Checker
from retorch.checks._checking import make_checker
from retorch.checks._findings import Findings
from retorch.events import Observer, ObserverHub, RunEnded, RunStarted


class Checks(Observer):
    """Names the silent mistakes of a run while it goes on; give it to a `Run` or a `Trainer`.

    It watches from the start of the run to its end. The weights are the same bits as without.

    Args:
        steps: see `checking`.
        allow: see `checking`.
        quiet: whether the report is not written to stderr at the end of a run in which something was found.

    Raises:
        UsageError: there is no check of a name in `allow`.

    >>> import torch, retorch
    >>> model = torch.nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> checks = Checks()
    >>> run = retorch.Run(None, seed=7, model=model, optimizer=optimizer, observers=[checks])
    >>> for epoch in run.epochs(1):
    ...     for inputs in run.steps([torch.ones(4, 2)]):
    ...         optimizer.zero_grad()
    ...         model(inputs).sum().backward()
    ...         optimizer.step()
    >>> len(checks.findings)
    0
    """

    def __init__(self, *, steps: int = 3, allow: Iterable[str] = (), quiet: bool = False) -> None:
        self._checker = make_checker(steps=steps, allow=allow, select=None)
        self._quiet = quiet

    @property
    def findings(self) -> Findings:
        """What was found so far, in all runs that it has watched."""
        return self._checker.findings

    def attach(self, hub: ObserverHub) -> None:
        """Watch from the start of the run to its end, also where the run is dropped before it says so."""
        watch = _Watch(self._checker)
        hub.on(RunStarted, watch.begin)
        # Nobody but the run holds `watch`. A run that an error leaves without a `with` tells of no end.
        weakref.finalize(watch, _end, self._checker, quiet=self._quiet)
        hub.on(RunEnded, partial(_end_of_run, watch, self._quiet))


class _Watch:
    def __init__(self, checker: Checker) -> None:
        self.checker = checker

    def begin(self, _: RunStarted) -> None:
        self.checker.open()


def _end_of_run(watch: _Watch, quiet: bool, _: RunEnded) -> None:  # noqa: FBT001 - given by `partial`
    _end(watch.checker, quiet=quiet)


def _end(checker: Checker, *, quiet: bool) -> None:
    if checker.is_open:
        checker.close()
        if checker.findings and not quiet:
            sys.stderr.write(f"\n{checker.findings}\n")

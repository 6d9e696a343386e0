"""`BuiltRule`: a rule that judges at the end what became of each scheduler that was built."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.loop._pace import Built, PaceRule


class BuiltRule(PaceRule):
    """A rule that judges each scheduler from the line that built it."""

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge each scheduler at the end."""
        for built in self.pace.built:
            built.look()
            yield from self.judge_built(built)

    def judge_built(self, built: Built) -> Iterator[Finding]:
        """Judge one scheduler."""
        raise NotImplementedError

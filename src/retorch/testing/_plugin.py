"""The pytest plug-in: with `--retorch-check` each test runs under the checker.

A test whose code has a mistake of the grade "error" fails; warnings stand in the summary. What fixtures of a test do
belongs to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from retorch.checks import Findings

_NAME = "retorch-check"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--retorch-check`."""
    parser.getgroup("retorch").addoption(
        "--retorch-check", action="store_true", help="run each test under retorch.checking; errors found fail the test"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Put the checker round tests where that was asked."""
    if config.getoption("retorch_check"):
        config.pluginmanager.register(CheckedTests(), _NAME)


class CheckedTests:
    """Opens a checker before a test is set up, closes it when the test has run, and tells what it found."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._findings: Findings | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        """Open."""
        from retorch.checks import checking  # noqa: PLC0415 - torch, which a pytest without this option needs not

        self._findings = self._stack.enter_context(checking())
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Close, and fail the test for an error; what the test itself raises goes before."""
        with self._stack:
            result = yield
        if self._findings is not None and self._findings.errors:
            pytest.fail(f"retorch check:\n\n{self._findings}", pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """Close also where the test was never called."""
        self._stack.close()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:  # fmt: skip
        """Send the findings along with the report, which may come from another process."""
        report = yield
        if call.when == "call" and self._findings is not None:
            report.__dict__["retorch"] = self._findings.to_dict()["findings"]
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show each mistake once, with the number of tests in which it was seen."""
        lines = Counter(_lines(terminalreporter))
        if lines:
            terminalreporter.section("retorch check")
        for line, tests in sorted(lines.items()):
            terminalreporter.write_line(line + (f" (in {tests} tests)" if tests > 1 else ""))


def _lines(terminalreporter: pytest.TerminalReporter) -> Iterator[str]:
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for finding in getattr(report, "retorch", ()):
            if finding["grade"] != "advice":
                yield f"{finding['file']}:{finding['line']}: {finding['grade']} {finding['rule']}: {finding['message']}"

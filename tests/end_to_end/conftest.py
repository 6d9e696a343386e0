"""What the tests of this folder share: the zygote, unbroken runs to compare with, and a count of kills."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starting import Zygote
from unbroken import Unbroken


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: Any) -> Iterator[Zygote]:
    with Zygote(tmp_path_factory.mktemp("starts")) as one:
        yield one


@pytest.fixture(scope="session")
def unbroken(zygote: Zygote, tmp_path_factory: Any) -> Unbroken:
    """Unbroken runs, each made when it is first asked for."""
    return Unbroken(zygote, tmp_path_factory.mktemp("unbroken"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return where a run folder will be."""
    yield tmp_path / "run"
    shutil.rmtree(tmp_path / "run", ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    kills: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, number in report.user_properties:
            if name.startswith("kills of "):
                kills[name.removeprefix("kills of ")] += number
    if kills:
        terminalreporter.write_line(f"{kills.total()} processes were killed, and their runs went on:")
        terminalreporter.write_line(", ".join(f"{name} {number}" for name, number in sorted(kills.items())))

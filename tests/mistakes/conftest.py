"""A rule that fails itself is silent from then on, and silence must not pass for a success here."""

import pytest


@pytest.fixture(autouse=True)
def no_rule_fails(monkeypatch):
    told = []
    monkeypatch.setattr("retorch.checks._failing.notice", told.append)
    yield
    assert not told

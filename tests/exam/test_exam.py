"""Mistakes and correct programs by somebody who had not seen the checks."""

import pytest
from examining import CORRECT, WRONG, findings_of, is_named, known_misses, name_of

pytestmark = pytest.mark.long


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_a_mistake_is_named_at_its_line_unless_it_is_known_to_be_missed(path):
    assert is_named(path, findings_of(path)) != (name_of(path) in known_misses())


@pytest.mark.parametrize("path", CORRECT, ids=lambda path: f"{path.parts[-4]}/{name_of(path)}")
def test_nothing_but_advice_is_given_on_a_correct_program(path):
    assert [finding for finding in findings_of(path) if finding.grade != "advice"] == []

"""How closely the checker looks: closely at what is new, and now and then at what goes on."""

import runpy
from pathlib import Path

import pytest
import torch
from torch import nn

from retorch.checks import _attention, all_rules, checking
from retorch.checks._checker import Checker
from retorch.checks._findings import Findings
from retorch.checks._observations import BackwardDone, ModuleBegins, StepDone
from retorch.checks._rule import Rule, sees
from retorch.randomness import capture, restore

MISTAKES = Path(__file__).parents[1] / "mistakes"
LOOPS = sorted(path for rule in all_rules() if rule.rests for path in (MISTAKES / rule.name).glob("right_*.py"))
SILENT = sorted((MISTAKES / "silence").glob("*.py"))


class Seeing(Rule):
    """Notes at which steps it is told of what."""

    name = "seeing"
    grade = "advice"

    def __init__(self, scene):
        super().__init__(scene)
        self.steps = []
        self.inner = []
        self.looked_away = 0
        SEEING.append(self)

    @sees(BackwardDone)
    def note(self, _):
        self.steps.append(self.scene.step)

    @sees(ModuleBegins)
    def note_inner(self, seen):
        if seen.depth:
            self.inner.append(self.scene.step)

    def look_away(self):
        self.looked_away += 1


class Resting(Seeing):
    name = "resting"
    rests = True


class Complaining(Resting):
    name = "complaining"

    @sees(StepDone)
    def complain(self, seen):
        yield self.finding(seen.site, "a step", evidence="", remedy="")


class Waiting(Resting):
    name = "waiting"

    def is_settled(self):
        return False


SEEING = []


@pytest.fixture
def rules():
    SEEING.clear()
    return SEEING


def train(model, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    go_on(model, optimizer, steps)
    return optimizer


def go_on(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.ones(2, 4)).sum().backward()
        optimizer.step()


def watching(*kinds):
    return Checker(kinds, Findings(), steps=1)


def network():
    return nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))


def test_single_steps_are_watched_at_first_and_then_in_glances(rules):
    with watching(Seeing, Resting):
        train(network(), 300)
    always, resting = rules
    assert always.steps == list(range(300))
    glances = [*range(64, 72), *range(136, 144), *range(272, 280)]
    assert resting.steps == [*range(32), *glances]
    assert resting.looked_away == 4


def test_another_optimizer_and_another_mode_are_looked_at_at_once(rules):
    model = network()
    with watching(Resting):
        optimizer = train(model, 40)
        go_on(model.eval(), optimizer, 40)
        train(model, 10)
    assert rules[0].steps == [*range(32), *range(40, 73), *range(80, 90)]


def test_what_finds_something_goes_on_looking(rules):
    checker = watching(Complaining, Resting)
    with checker:
        train(network(), 100)
    assert checker.findings[0].count == 100
    assert rules[1].steps == list(range(100))


def test_what_waits_for_something_goes_on_looking(rules):
    with watching(Waiting):
        train(network(), 100)
    assert rules[0].steps == list(range(100))


def test_inner_modules_are_told_in_the_first_calls_of_each_kind(rules):
    model = network()
    with watching(Seeing):
        optimizer = train(model, 20)
        assert set(rules[0].inner) == set(range(8))
        rules[0].inner.clear()
        model[1].eval()  # the first call after it is one of a new kind
        go_on(model, optimizer, 5)
    assert set(rules[0].inner) == {20}


def test_a_mistake_of_each_step_is_counted_to_the_end():
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with checking() as findings:
        for _ in range(100):
            model(torch.ones(2, 4)).sum().backward()
            optimizer.step()
    [found] = findings.errors
    assert (found.rule, found.count) == ("gradients-not-cleared", 98)


@pytest.fixture
def as_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    streams, threads = capture(), torch.get_num_threads()
    torch.set_num_threads(1)  # as for tests/mistakes
    yield
    restore(streams)
    torch.set_num_threads(threads)


EACH = [*LOOPS, *SILENT]
SOME = EACH[::5]


@pytest.mark.parametrize(
    "path",
    [*SOME, *(pytest.param(path, marks=pytest.mark.long) for path in EACH if path not in SOME)],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_who_looks_away_and_back_sees_no_mistake_where_there_is_none(path, as_before, monkeypatch):
    """The shortest attention that there can be, so that it comes and goes at every place of every loop."""
    for name in ("_STEPS_WATCHED", "_GLANCE", "_LONGEST_REST"):
        monkeypatch.setattr(_attention, name, 1)
    with checking() as findings:
        runpy.run_path(str(path), run_name="__main__")
    assert not [finding for finding in findings if finding.grade != "advice"], list(findings)

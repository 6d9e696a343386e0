"""Observers hear what they asked for, and cannot stop a run unless it depends on them."""

import pytest

from retorch.errors import RetorchNotice
from retorch.events import EpochStarted, Hub, Observer, State, StepEnded


class Counter(Observer):
    def __init__(self, fail=False):
        self.heard = []
        self.fail = fail

    def attach(self, hub):
        hub.on(StepEnded, self.hear)
        hub.on(EpochStarted, self.hear)

    def hear(self, event):
        self.heard.append(event)
        if self.fail:
            raise ValueError("out of ink")


class Essential(Counter):
    essential = True


def step():
    return StepEnded(State(None, 7, step=3), {})


def test_an_observer_hears_the_types_that_it_asked_for():
    counter = Counter()
    hub = Hub((counter,))
    assert hub.wants(StepEnded)
    event = step()
    hub.emit(event)
    assert counter.heard == [event]


def test_nobody_listening_is_known_before_an_event_is_made():
    assert not Hub().wants(StepEnded)


def test_a_failing_observer_is_switched_off_once_with_a_notice():
    failing, other = Counter(fail=True), Counter()
    hub = Hub((failing, other))
    with pytest.warns(RetorchNotice, match="Counter failed at step 3 and is switched off.*ValueError: out of ink"):
        hub.emit(step())
    hub.emit(step())
    assert len(failing.heard) == 1
    assert len(other.heard) == 2


def test_an_essential_observer_stops_the_run():
    with pytest.raises(ValueError, match="out of ink"):
        Hub((Essential(fail=True),)).emit(step())

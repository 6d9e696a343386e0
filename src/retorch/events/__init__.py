"""What happens in a run, said in types.

The loop emits events through a `Hub`; observers listen and never import the loop. An event that nobody listens to
costs one look-up. Start at `Observer`.
"""

from retorch.events._events import (
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    Event,
    MetricsLogged,
    RunEnded,
    RunStarted,
    StateRecorded,
    StepEnded,
    StepRecorded,
    StepStarted,
    ValidationEnded,
    ValidationStarted,
    Values,
)
from retorch.events._hub import Hub, Observer, ObserverHub
from retorch.events._parts import Stateful
from retorch.events._state import State

__all__ = [
    "CheckpointSaved",
    "EpochEnded",
    "EpochStarted",
    "Event",
    "Hub",
    "MetricsLogged",
    "Observer",
    "ObserverHub",
    "RunEnded",
    "RunStarted",
    "State",
    "StateRecorded",
    "Stateful",
    "StepEnded",
    "StepRecorded",
    "StepStarted",
    "ValidationEnded",
    "ValidationStarted",
    "Values",
]

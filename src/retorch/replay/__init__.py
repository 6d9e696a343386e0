"""Steps of a recorded run done again, in a process of their own, under closer observation.

Start at `replay`. A `Tracer` writes down every operation with fingerprints of what goes in and comes out,
`first_parting` finds the first that two runs did differently, `experiments` does one operation again with one setting
changed, and `causes` says what that proves. Names are loaded on first use: the plain facts need no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retorch.replay._facts import Cause, Experiment, Size

if TYPE_CHECKING:
    from retorch.replay._captured import Captured as Captured
    from retorch.replay._captured import captured_file as captured_file
    from retorch.replay._causes import causes as causes
    from retorch.replay._child import Answer as Answer
    from retorch.replay._copy import copy_run as copy_run
    from retorch.replay._experiments import experiments as experiments
    from retorch.replay._operations import Operation as Operation
    from retorch.replay._operations import Place as Place
    from retorch.replay._operations import Trace as Trace
    from retorch.replay._operations import read_trace as read_trace
    from retorch.replay._parting import Parting as Parting
    from retorch.replay._parting import first_parting as first_parting
    from retorch.replay._process import Again as Again
    from retorch.replay._process import Replayed as Replayed
    from retorch.replay._process import replay as replay
    from retorch.replay._process import run_again as run_again
    from retorch.replay._sizes import size_of as size_of
    from retorch.replay._tracer import Tracer as Tracer

_HOME = {
    "Again": "_process",
    "Answer": "_child",
    "Captured": "_captured",
    "Operation": "_operations",
    "Parting": "_parting",
    "Place": "_operations",
    "Replayed": "_process",
    "Trace": "_operations",
    "Tracer": "_tracer",
    "captured_file": "_captured",
    "causes": "_causes",
    "copy_run": "_copy",
    "experiments": "_experiments",
    "first_parting": "_parting",
    "read_trace": "_operations",
    "replay": "_process",
    "run_again": "_process",
    "size_of": "_sizes",
}

__all__ = ["Cause", "Experiment", "Size", *_HOME]  # noqa: PLE0604 - the table is the one list of public names


def __getattr__(name: str) -> Any:
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'retorch.replay' has no attribute {name!r}") from None
    value = getattr(import_module(f"retorch.replay.{home}"), name)
    globals()[name] = value
    return value

"""PyTorch training you can repeat: the same bits, or the first place where they part.

Every public name is loaded on first use (PEP 562), so `import retorch` and `retorch --help` import no torch.
The rooms behind these names are drawn in docs/design.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retorch.checkpoints import load as load
    from retorch.checkpoints import save as save
    from retorch.checks import checking as checking
    from retorch.comparison import compare as compare
    from retorch.data import Loader as Loader
    from retorch.errors import RetorchError as RetorchError
    from retorch.errors import RetorchNotice as RetorchNotice
    from retorch.events import Observer as Observer
    from retorch.explanations import explaining as explaining
    from retorch.inspection import inspect as inspect
    from retorch.inspection import sharing as sharing
    from retorch.loop import EarlyStopping as EarlyStopping
    from retorch.loop import Result as Result
    from retorch.loop import Run as Run
    from retorch.loop import Trainer as Trainer
    from retorch.loop import evaluate as evaluate
    from retorch.loop import evaluating as evaluating
    from retorch.loop import summary as summary
    from retorch.loop import train_epoch as train_epoch
    from retorch.randomness import seed_everything as seed_everything
    from retorch.recorder import recording as recording
    from retorch.tracing import tracing_memory as tracing_memory

__version__ = "0.1.0.dev0"

_HOME = {
    "EarlyStopping": "loop",
    "Loader": "data",
    "Observer": "events",
    "Result": "loop",
    "RetorchError": "errors",
    "RetorchNotice": "errors",
    "Run": "loop",
    "Trainer": "loop",
    "checking": "checks",
    "compare": "comparison",
    "evaluate": "loop",
    "evaluating": "loop",
    "explaining": "explanations",
    "inspect": "inspection",
    "recording": "recorder",
    "load": "checkpoints",
    "save": "checkpoints",
    "seed_everything": "randomness",
    "sharing": "inspection",
    "summary": "loop",
    "tracing_memory": "tracing",
    "train_epoch": "loop",
}

__all__ = ["__version__", *_HOME]  # noqa: PLE0604 - the table is the one list of public names


def __getattr__(name: str) -> Any:
    try:
        room = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'retorch' has no attribute {name!r}") from None
    value = getattr(import_module(f"retorch.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

"""The training loop: `Run` for a loop of your own, `Trainer` for the whole job, written on `Run`.

Read `_run.py` for what a loop can ask, `_course.py` for what each question sets off, `_trainer.py` for the job.
"""

from retorch.loop._evaluation import evaluate, evaluating, train_epoch
from retorch.loop._monitors import Best, EarlyStopping
from retorch.loop._result import Result
from retorch.loop._run import Run
from retorch.loop._summary import Summary, summary
from retorch.loop._trainer import Trainer

__all__ = [
    "Best",
    "EarlyStopping",
    "Result",
    "Run",
    "Summary",
    "Trainer",
    "evaluate",
    "evaluating",
    "summary",
    "train_epoch",
]

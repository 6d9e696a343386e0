"""Small trainings to look at, and rules that answer what they are told to."""

import torch
from torch import nn

from retorch.checks._checker import Checker
from retorch.checks._findings import Findings
from retorch.checks._observations import ModuleBegins, StepDone
from retorch.checks._rule import Rule, sees
from retorch.lines import Site

STEP = Site("train.py", 7, "train", "optimizer.step()", "optimizer.step()")


class EachStep(Rule):
    """Something is wrong with each step.

    Why it matters: steps are
    what a training is made of.

    When it is fine: in tests.

    Wrong: `optimizer.step()`.

    Right: nothing.
    """

    name = "each-step"
    grade = "warning"

    @sees(StepDone)
    def judge(self, seen):
        yield self.finding(STEP, "a step is done", evidence=f"step {self.scene.step}", remedy="do not step")


class EachError(EachStep):
    __doc__ = EachStep.__doc__
    name = "each-error"
    grade = "error"


class Failing(Rule):
    """Fails."""

    name = "failing"
    grade = "error"

    @sees(StepDone, ModuleBegins)
    def judge(self, seen):
        raise LookupError("nobody expected this")


def checker(*rules, steps=3):
    return Checker(rules, Findings(), steps=steps)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


def train(model, steps=4, batch=8):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(torch.randn(batch, 4)), torch.zeros(batch, dtype=torch.long))
        loss.backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in model.parameters()]

"""The state of an optimizer that was kept goes on changing."""

from __future__ import annotations

from torch.optim import Optimizer

from retorch.checks._observations import StateBegins
from retorch.checks.rules.aliases._follower import Follower
from retorch.checks.rules.aliases._kept_states import KeptState


class KeptOptimizerStateFollowsTheTraining(Follower):
    """The `state_dict()` of an optimizer was kept without copying it, training went on, and then it is used.

    Why it matters: the dictionary is new, and the moments in it are the live tensors that the next step writes. Who
    goes back to the last good weights gets the moments of the steps that went wrong; only the learning rate is the old
    one.

    When it is fine: where only the settings of the groups are to be brought back, such as the learning rate. A state
    that is used after each epoch anew stands for the newest one and is not reported.

    Wrong: `good = optimizer.state_dict()`, more steps, `optimizer.load_state_dict(good)` or `torch.save(good, path)`.

    Right: `good = copy.deepcopy(optimizer.state_dict())`.

    Reported: https://github.com/pytorch/pytorch/issues/196083
    """

    name = "kept-optimizer-state-follows-the-training"
    grade = "warning"
    kind = Optimizer
    message = "this state of the optimizer is not a copy: its moments are the live ones, and follow the training"
    remedy = "copy.deepcopy(optimizer.state_dict())"

    def leads_nowhere(self, seen: StateBegins, kept: KeptState) -> bool:
        """Tell whether an optimizer is given the tensors that it has."""
        return kept.owner() is seen.owner

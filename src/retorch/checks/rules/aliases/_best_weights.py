"""The weights that were kept as the best ones go on changing."""

from __future__ import annotations

from torch import nn

from retorch.checks._observations import StateBegins
from retorch.checks.rules.aliases._follower import Follower
from retorch.checks.rules.aliases._kept_states import KeptState, is_itself


class BestWeightsFollowTheTraining(Follower):
    """A `state_dict()` was kept without copying it, training went on, and then it is used.

    Why it matters: `state_dict()` holds the live weights, and so do `dict(...)`, `.copy()` and
    `{name: value for ...}` of it. The "best" weights that were kept are those of the last step; loading them back does
    nothing, and so does going back to the first weights for the next fold.

    When it is fine: never; where the newest weights are wanted, take the `state_dict()` then. A state that stands for
    the newest weights is not reported: one that was taken before all training, or that is used after each epoch anew,
    or that is written in place and given back, as for an average or to clip weights.

    Wrong: `best = model.state_dict()`, and `model.load_state_dict(best)` or `torch.save(best, path)` after more steps.
    On the CPU also `{name: value.cpu() for name, value in model.state_dict().items()}`: there `cpu()` copies nothing.

    Right: `best = copy.deepcopy(model.state_dict())`.

    Reported: https://github.com/pytorch/pytorch/issues/34765, https://github.com/WenjieDu/PyPOTS/issues/667
    """

    name = "best-weights-follow-the-training"
    grade = "error"
    kind = nn.Module
    message = "these weights are not a copy: they are the live ones, and follow the training"
    remedy = "copy.deepcopy(model.state_dict())"

    def leads_nowhere(self, seen: StateBegins, kept: KeptState) -> bool:
        """Tell whether a module is given its own memory."""
        owner = seen.owner
        return isinstance(owner, nn.Module) and kept.owner() is owner and is_itself(owner, seen.state)

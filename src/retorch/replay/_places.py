"""`Places`: where in the run an operation stands: the part of the step, the module, the user's line."""

from __future__ import annotations

import os
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

import torch
import torch.utils.data
from torch import nn
from torch.autograd import graph
from torch.optim import Optimizer

import retorch
from retorch.lines import site_of, user_frame
from retorch.replay._operations import Phase, Place

_current_node: Callable[[], Any] = torch._C._current_autograd_node  # noqa: SLF001 - no public way
_next_number: Callable[[], int] = torch._C._autograd._get_sequence_nr  # noqa: SLF001 - no public way

_ENGINE = graph._engine_run_backward.__code__  # noqa: SLF001
_ZERO_GRAD = {unwrap(Optimizer.zero_grad).__code__, unwrap(nn.Module.zero_grad).__code__}
_LOADERS = (str(Path(torch.utils.data.__file__).parent) + os.sep, str(Path(retorch.__file__).parent / "data") + os.sep)
_LEAF = 2**63
"""From here on a node's number tells that it adds to a leaf's gradient: it belongs to no operation."""

Spot = tuple[Place | None, str | None]


class Places:
    """Follows a run through its steps.

    Zeroing gradients belongs to the phase "optimizer", and so does all that comes between the backward and the end of
    the step (clipping, an average of the weights), except loading more data. "forward" begins when the loop has its
    batch, or with the first call of a module or the first operation that autograd notes, and takes in the loss.

    Attributes:
        step: the step that operations belong to now; -1 before the run began.
        is_validating: between the events of a validation.
        modules: the paths of the modules that are computing, the innermost last.
        optimizers: how many optimizers are in their `step`.
    """

    def __init__(self) -> None:
        self.step = -1
        self.is_validating = False
        self.modules: list[str] = []
        self.optimizers = 0
        self.owner_of: Callable[[Any], str | None] = lambda _: None
        self._has_begun = False
        self._is_behind_backward = False
        self._is_quiet = False
        self._thread = get_ident()
        self._linked = _next_number()
        self._newest: Spot = (None, None)
        self._has_written_to_view = False
        self._spots: dict[int, Spot] = {}
        self._sites: dict[tuple[int, int], Place] = {}
        self._codes: list[CodeType] = []  # an id must not be used again

    def begin_step(self, step: int) -> None:
        """Go on to a step."""
        self.step = step
        self.modules.clear()
        self.optimizers = 0
        self._has_begun = self._is_behind_backward = self._is_quiet = False
        self._linked = _next_number()  # what was made while nobody traced belongs to no line

    def begin_body(self) -> None:
        """Note that the loop has its batch: what its body does before it calls a module is no data any more."""
        self._has_begun, self._is_behind_backward = True, False

    def enter(self, path: str, *, training: bool) -> None:
        """Note that a module is called."""
        if not self.modules:
            # Loops that tell nothing of their validation still put the model into eval mode, without gradients.
            self._is_quiet = not training and not torch.is_grad_enabled()
        if not self._is_quiet:
            self._has_begun = True
            if _current_node() is None:
                self._is_behind_backward = False
        self.modules.append(path)

    def leave(self, path: str) -> None:
        """Note that it returned. Those inside it that failed are left too."""
        while self.modules and self.modules.pop() != path:
            pass

    def phase(self, frame: FrameType) -> Phase:
        """Return the part of the step."""
        if self.step < 0:
            return "start"
        if self.is_validating:
            return "validation"
        if _current_node() is not None:
            self._is_behind_backward = True
            return "backward"
        if self._is_quiet and not torch.is_grad_enabled():
            return "validation"
        if self.optimizers and not self.modules:
            return "optimizer"
        if frame.f_code in _ZERO_GRAD:
            return "optimizer"
        if self._is_behind_backward:
            return "data" if _is_loading(frame) else "optimizer"
        return "forward" if self._has_begun else "data"

    def link(self, frame: FrameType) -> None:
        """Remember for the nodes that autograd has just made which line and module they belong to.

        Autograd makes the node before it calls the operation, except for a write into a view.
        """
        now = _next_number()
        # The backward of a device runs in a thread that counts for itself.
        if now == self._linked or get_ident() != self._thread:
            return
        spot = self.spot(frame)
        for number in range(self._linked, now):
            self._spots[number] = spot
        if self._has_written_to_view and now - self._linked > 1:
            self._spots[self._linked] = self._newest
        self._linked, self._newest, self._has_written_to_view = now, spot, False
        if _current_node() is None and not self.optimizers:
            self._has_begun = True

    def wrote_to_view(self) -> None:
        """Note that the operation that was just done makes one more node."""
        self._has_written_to_view = True

    def spot(self, frame: FrameType) -> Spot:
        """Return the user's line and the module; in a backward those of the forward operation."""
        node, user = _current_node(), user_frame(frame)
        module = self.modules[-1] if self.modules else None
        if node is None or _is_inside_backward(frame, user):
            return self._place(user), module
        number = node._sequence_nr()  # noqa: SLF001 - no public way
        if number >= _LEAF:
            return self._place(user), self.owner_of(getattr(node, "variable", None))
        place, its_module = self._spots.get(number) or (self._place(user), None)
        # A checkpointed part is computed again: its modules are called inside of the backward.
        return place, module or its_module

    def _place(self, frame: FrameType | None) -> Place | None:
        if frame is None:
            return None
        key = (id(frame.f_code), frame.f_lasti)
        place = self._sites.get(key)
        if place is None:
            site = site_of(frame)
            self._codes.append(frame.f_code)
            place = self._sites[key] = Place(site.file, site.line, site.text)
        return place


def _is_inside_backward(frame: FrameType, user: FrameType | None) -> bool:
    """Tell whether the user's code runs inside of the backward: a hook, a Function, a part that is computed again."""
    here: FrameType | None = frame
    while here is not None and here is not user:
        if here.f_code is _ENGINE:
            return False
        here = here.f_back
    return user is not None


def _is_loading(frame: FrameType) -> bool:
    here: FrameType | None = frame
    while here is not None:
        if here.f_code.co_filename.startswith(_LOADERS):
            return True
        here = here.f_back
    return False

"""`Activations`: the output of each module call of a step, as fingerprints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from retorch.fingerprints import fingerprint_batch, fingerprint_batch_later
from retorch.recorder._entries import Word

Seen = tuple[list[str], list[Word]]


class Activations:
    """Hooks on every module of the parts, which note nothing until `start`.

    Inside a compiled region they note nothing at all: the region is traced without them, so its bits stay.
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._seen: Seen | None = None
        self._handles = [
            module.register_forward_hook(self._hook(f"{part}.{path}" if path else part))
            for part, root in parts.items()
            if isinstance(root, nn.Module)
            for path, module in root.named_modules()
            if not isinstance(module, torch.jit.ScriptModule)
        ]

    def start(self) -> None:
        """Note what is computed from now on."""
        self._seen = ([], [])

    def stop(self) -> Seen:
        """Note nothing more, and return the names and fingerprints in the order of the calls."""
        seen, self._seen = self._seen, None
        return seen or ([], [])

    def pause(self) -> Seen | None:
        """Note nothing until `go_on` is given what this returned."""
        seen, self._seen = self._seen, None
        return seen

    def go_on(self, seen: Seen) -> None:
        """Go on after a pause."""
        self._seen = seen

    def remove(self) -> None:
        """Take the hooks off."""
        for handle in self._handles:
            handle.remove()

    def _hook(self, name: str) -> Any:
        def note(module: nn.Module, args: Any, output: Any) -> None:  # noqa: ARG001
            if torch.compiler.is_compiling() or self._seen is None:
                return
            names, fingerprints = self._seen
            names.append(name)
            on_cpu = not isinstance(output, Tensor) or output.is_cpu
            fingerprints.append(fingerprint_batch(output) if on_cpu else fingerprint_batch_later(output))

        return note

"""`save` and `load`: one checkpoint at one path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from retorch.checkpoints._arena import Arenas
from retorch.checkpoints._capture import capture
from retorch.checkpoints._checkpoint import open_checkpoint
from retorch.checkpoints._disk import settle
from retorch.checkpoints._finding import find_checkpoint
from retorch.checkpoints._foreign import check_may_replace
from retorch.checkpoints._writing import Writing
from retorch.errors import UsageError

_OPTIONS_OF_LOAD = ("device", "label", "only", "strict")


def save(path: str | os.PathLike[str], /, **parts: Any) -> Path:
    """Save everything given as one checkpoint: a folder with checksums, whole or not there at all.

    Args:
        path: the folder to write. A checkpoint that is there stays until the new one is whole and on the disk.
        **parts: objects with `state_dict` and `load_state_dict` (modules, optimizers, schedulers, scalers, metrics,
            yours), random generators, and plain values: numbers, strings, tensors, arrays and containers of them.

    Returns:
        The path written. Its `<part>.safetensors` are what `safetensors.torch.load_file` reads.

    Raises:
        CheckpointUnsupported: a part holds something that only executed code could read back; nothing was written.
        CheckpointError: `path` holds something else, or the disk is full.
        UsageError: a name is no possible name of a part.

    >>> import tempfile
    >>> folder = save(tempfile.mkdtemp() + "/model.ckpt", model=torch.nn.Linear(2, 1), epoch=3)
    >>> sorted(entry.name for entry in folder.iterdir())
    ['manifest.json', 'model.safetensors', 'state.json']
    """
    for name in _OPTIONS_OF_LOAD:
        if name in parts:
            raise UsageError(f"a part cannot be named {name!r}, which is an option of load; rename it")
    # A link keeps pointing where it points: the folder behind it is replaced.
    target = Path(path).resolve()
    if target.parent.is_dir():
        settle(target)
    check_may_replace(target)
    snapshot = capture(parts, Arenas())
    Writing(snapshot, target, position={}, labels=()).run()
    return Path(path)


def load(
    path: str | os.PathLike[str], /, *, device: str | torch.device = "cpu", label: str | None = None,
    only: Sequence[str] | None = None, strict: bool = True, **parts: Any,
) -> dict[str, Any]:  # fmt: skip
    """Restore the objects given from a checkpoint, all of them or none, and return the rest.

    Everything is verified and compared before the first object changes. For that, memory holds the saved state and
    a copy of the modules' tensors once more while it runs.

    Args:
        path: what `save` wrote, a checkpoint of a run, or the folder of a run: its newest checkpoint.
        device: where returned tensors go. Objects keep living where they live.
        label: of a run, the newest checkpoint with this label instead, such as "best".
        only: parts to take by name, and parts of a module by prefix, such as `["encoder"]` or `["model.encoder"]`.
            Files of other parts are not read.
        strict: refuse a state that does not fit. With False a module takes the names that fit, an optimizer or
            scheduler that does not fit is left alone, and a notice says what was left out.
        **parts: the objects to restore, under the names that they were saved with.

    Returns:
        What the checkpoint holds under other names: plain values, and state dicts of objects. Fresh tensors.

    Raises:
        CheckpointNotFound: nothing there, or something else; the message says what to call instead.
        CheckpointDamaged: a file is not what was written; the message names it.
        CheckpointMismatch: the state does not fit the objects; one message names every difference.
        CheckpointTooNew: written by a newer schema.

    >>> import tempfile
    >>> folder = save(tempfile.mkdtemp() + "/model.ckpt", model=torch.nn.Linear(2, 1), epoch=3)
    >>> load(folder, model=torch.nn.Linear(2, 1))
    {'epoch': 3}
    """
    checkpoint = open_checkpoint(find_checkpoint(path, label), verify=False)  # what is read is verified on the way
    return checkpoint.restore(parts, only=only, strict=strict, device=device)

"""Saved states: what is captured, how it is stored, which are kept, and what others' files are.

A checkpoint is a folder that is whole or not there: weights as safetensors, the rest as typed JSON, a manifest
with a checksum of every byte. Reading one executes nothing. Start at `save` and `load`; a run keeps its own in a
`Vault`, which writes while the loop goes on.
"""

from retorch.checkpoints._checkpoint import Checkpoint, open_checkpoint, verify
from retorch.checkpoints._export import export
from retorch.checkpoints._finding import find_checkpoint
from retorch.checkpoints._generators import is_generator
from retorch.checkpoints._kinds import remember_generator
from retorch.checkpoints._manifest import Manifest
from retorch.checkpoints._saving import load, save
from retorch.checkpoints._vault import Vault

__all__ = [
    "Checkpoint",
    "Manifest",
    "Vault",
    "export",
    "find_checkpoint",
    "is_generator",
    "load",
    "open_checkpoint",
    "remember_generator",
    "save",
    "verify",
]

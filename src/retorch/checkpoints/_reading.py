"""The files of a checkpoint back to states, verified byte by byte on the way."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, Self

import torch
import xxhash
from torch import Tensor

from retorch.checkpoints._capture import OTHER, STATE, TENSORS
from retorch.checkpoints._decode import Decoder
from retorch.checkpoints._layout import TensorSpec, contiguous_stride, copyable
from retorch.checkpoints._manifest import MANIFEST, FileSum, Manifest
from retorch.checkpoints._part import State
from retorch.errors import CheckpointDamaged, CheckpointError

_PIECE_BYTES = 16 * 2**20


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a folder."""
    path = folder / MANIFEST
    data = _guarded(path, path.read_bytes)
    return Manifest.from_bytes(data, str(path))


def find_damage(folder: Path, manifest: Manifest) -> list[str]:
    """Check every file against the manifest; return a sentence for each that is wrong. Loads nothing."""
    problems = []
    for name, sum_ in manifest.files.items():
        try:
            with _open(folder / name, sum_) as file:
                file.read_all()
        except CheckpointDamaged as error:
            problems.append(str(error))
    return problems


def read_states(
    folder: Path, manifest: Manifest, names: Iterable[str], device_of: Callable[[str], torch.device]
) -> dict[str, State]:
    """Read parts into fresh tensors.

    Args:
        folder: the checkpoint.
        manifest: its manifest.
        names: the parts wanted; the tensor files of others are not read.
        device_of: where to put the tensors of a part.

    Raises:
        CheckpointDamaged: a file that was read is not what the manifest says.
    """
    trees = json.loads(_read_whole(folder / STATE, manifest.files[STATE]))
    others: dict[str, Any] = {}
    if OTHER in manifest.files:
        pickled = io.BytesIO(_read_whole(folder / OTHER, manifest.files[OTHER]))
        others = torch.load(pickled, map_location="cpu", weights_only=True)
    states = {}
    for name in names:
        tensors = _read_tensors(folder, manifest, name, device_of(name))
        moved = {key: _move(value, device_of(name)) for key, value in others.get(name, {}).items()}
        decoder = Decoder(tensors, moved)
        states[name] = State(decoder.decode(trees[name]["state"]), decoder.decode(trees[name]["beside"]))
    return states


def _read_tensors(folder: Path, manifest: Manifest, part: str, device: torch.device) -> dict[str, Tensor]:
    records = manifest.parts[part]["tensors"]
    if not records:
        return {}
    tensors: dict[str, Tensor] = {}
    sum_ = manifest.files[part + TENSORS]
    own = sorted((name for name in records if "place" in records[name]), key=lambda name: records[name]["place"])
    with _open(folder / (part + TENSORS), sum_) as file:
        # The header tells other readers what the manifest, which is already verified, tells us.
        file.read(sum_.size_bytes - records[own[-1]]["place"][1])
        for name in own:
            tensors[name] = _read_tensor(file, TensorSpec.from_json(records[name])).to(device)
        file.finish()
    tied = {name: tensors[record["same_as"]] for name, record in records.items() if "same_as" in record}
    return tensors | tied


def _read_tensor(file: _Verified, spec: TensorSpec) -> Tensor:
    # A fresh allocation, never a view into a file: kernels may choose another way for another alignment.
    tensor = torch.empty(spec.shape, dtype=spec.dtype, device="cpu")
    if spec.size_bytes:
        file.read_into(_bytes_of(tensor))
    if spec.stride == contiguous_stride(spec.shape):
        return tensor
    strided = torch.empty_strided(spec.shape, spec.stride, dtype=spec.dtype, device="cpu")
    copyable(strided).copy_(copyable(tensor))
    return strided


def _bytes_of(tensor: Tensor) -> memoryview:
    array: Any = tensor.reshape(-1).view(torch.uint8).numpy()
    return memoryview(array)


def _move(value: Any, device: torch.device) -> Any:
    return value.to(device) if isinstance(value, Tensor) else value


def _read_whole(path: Path, sum_: FileSum) -> bytes:
    with _open(path, sum_) as file:
        data = file.read(sum_.size_bytes)
        file.finish()
    return data


class _Verified:
    """A file that is hashed as it is read; `finish` compares."""

    def __init__(self, path: Path, file: BinaryIO, sum_: FileSum) -> None:
        self._path, self._file, self._sum = path, file, sum_
        self._hasher = xxhash.xxh3_128()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def read(self, count: int) -> bytes:
        # A damaged length must not ask for more memory than the file has bytes.
        buffer = bytearray(min(count, self._sum.size_bytes))
        self.read_into(memoryview(buffer))
        return bytes(buffer)

    def read_into(self, buffer: memoryview) -> None:
        rest = buffer
        while rest:
            piece = rest[:_PIECE_BYTES]
            got = _guarded(self._path, lambda piece=piece: self._file.readinto(piece))  # type: ignore[misc,attr-defined]
            if not got:
                raise self._wrong("it ends too early")
            self._hasher.update(piece[:got])
            rest = rest[got:]

    def read_all(self) -> None:
        buffer = memoryview(bytearray(min(_PIECE_BYTES, max(self._sum.size_bytes, 1))))
        rest = self._sum.size_bytes
        while rest:
            piece = buffer[: min(rest, len(buffer))]
            self.read_into(piece)
            rest -= len(piece)
        self.finish()

    def finish(self) -> None:
        if self._hasher.hexdigest() != self._sum.digest:
            raise self._wrong("its bytes do not have their checksum")

    def _wrong(self, reason: str) -> CheckpointDamaged:
        return CheckpointDamaged(f"{self._path} is damaged: {reason}")


def _open(path: Path, sum_: FileSum) -> _Verified:
    size_bytes = _guarded(path, path.stat).st_size
    if size_bytes != sum_.size_bytes:
        raise CheckpointDamaged(f"{path} is damaged: it has {size_bytes} bytes, and {sum_.size_bytes} were written")
    return _Verified(path, _guarded(path, lambda: path.open("rb", buffering=0)), sum_)


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    """Read, and tell what a failure says about the checkpoint from what it says about this machine."""
    try:
        return read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise CheckpointDamaged(f"{path} is damaged: it is missing") from None
    except OSError as error:
        if error.errno == errno.EIO:
            raise CheckpointDamaged(f"{path} is damaged: the disk cannot read it") from error
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error

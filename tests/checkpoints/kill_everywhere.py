"""Kill a saving process before its 1st, 2nd, 3rd ... step towards the disk, and check what is left each time.

Run as a script, because it forks: torch is imported once and each killed process costs milliseconds.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

import torch
from trained import entries

import retorch
from retorch.checkpoints import Vault, verify

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}


def die_before_step(number: int) -> None:
    """From now on, count opens, renames, removals, writes and fsyncs, and die instead of doing the n-th."""
    steps = iter(range(number))

    def step() -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda event, _: step() if event in STEPS else None)
    for name in ("write", "fsync"):
        real = getattr(os, name)
        setattr(os, name, lambda *arguments, real=real: (step(), real(*arguments))[1])


def killed(number: int, job) -> bool:
    """Run `job` in a process that dies before its n-th step; tell whether it did."""
    pid = os.fork()
    if pid == 0:
        die_before_step(number)
        job()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert status in (0, signal.SIGKILL), status
    return status == signal.SIGKILL


def state(number: int) -> dict:
    return {"model": {"a": torch.full((50,), number), "b": torch.full((9,), float(number))}, "number": number}


def is_whole(loaded: dict) -> bool:
    number = loaded["number"]
    return all((tensor == number).all() for tensor in loaded["model"].values())


def kill_save(folder: Path) -> int:
    """An older checkpoint is being replaced."""
    path, number = folder / "c", 0
    retorch.save(path, **state(0))
    while True:
        number += 1
        ended = not killed(number, partial(retorch.save, path, **state(number)))
        loaded = retorch.load(path)
        assert is_whole(loaded), number
        assert loaded["number"] in (number - 1, number), number
        if not ended:
            retorch.save(path, **state(number))
        assert retorch.load(path)["number"] == number
        assert entries(folder) == ["c"], (number, entries(folder))
        if ended:
            return number


def kill_vault(folder: Path) -> int:
    """A run saves its third checkpoint, and the first is thinned out."""
    number = 0
    while True:
        number += 1
        shutil.rmtree(folder, ignore_errors=True)
        vault = Vault(folder, keep_last=2)
        for name in (1, 2):
            vault.save(str(name), state(name), position={"step": name}, background=False)

        def third() -> None:
            Vault(folder, keep_last=2).save("3", state(3), position={"step": 3}, background=False)

        ended = not killed(number, third)
        after = Vault(folder, keep_last=2)
        newest = after.newest()
        assert is_whole(newest.restore({})), number
        assert newest.name in ("2", "3"), number
        assert all(not verify(folder / name) for name in after.names()), number
        assert not [entry for entry in entries(folder) if entry.startswith(".")], (number, entries(folder))
        after.save("4", state(4), position={"step": 4}, background=False)
        assert entries(folder) == [newest.name, "4"], (number, entries(folder))
        if ended:
            return number


if __name__ == "__main__":
    torch.set_num_threads(1)
    root = Path(sys.argv[1])
    (root / "save").mkdir()
    print("save", kill_save(root / "save"))
    print("vault", kill_vault(root / "vault"))

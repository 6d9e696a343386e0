"""`environment`: on what a run is computed, as far as it may change numbers."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch

import retorch
from retorch.recorder._command import command_line
from retorch.recorder._git import Repository, asking_git
from retorch.recorder._hardware import accelerators, cpu
from retorch.recorder._kept_list import read_or_begin, write
from retorch.recorder._own_files import own_script
from retorch.recorder._sources import own_sources
from retorch.recorder._switches import switches
from retorch.recorder._variables import variables
from retorch.recorder._versions import distributions, imported_distributions, numpy_build, python, torch_build
from retorch.runs import ENVIRONMENT_SCHEMA, RunFolder, read_environment_entries, utc_now


def environment() -> dict[str, Any]:
    """Gather what may change the numbers of a run: versions, machine, threads, switches, sources. Ready for JSON.

    Wakes no accelerator, so it costs no memory on one. Of the environment variables only the fixed list
    `VARIABLES` is read; secrets on the command line are hidden. The revision is that of the Git repository round the
    script, or round the current folder where there is no script, None without one; it ends in "-dirty" when tracked
    files were changed.

    >>> environment()["torch"]["version"] == torch.__version__
    True
    """
    return _look()[0]


def record_environment(folder: RunFolder, named: Path | None = None, *, texts: bool = True) -> dict[str, Any]:
    """Write the environment into the run folder and return it.

    environment.json keeps a list. A start on the environment that came last adds nothing, a start on another one
    is appended, so that nothing is lost. Uncommitted changes are kept there too, as text of up to 256 KiB.

    Args:
        folder: the run's.
        named: the absolute folder that the script names for the run, where it is directed into another one.
        texts: whether the text of uncommitted changes is kept; else only its size and fingerprint.

    Raises:
        RunFolderError: the file cannot be written.
    """
    found, around = _look()
    found["folder"] = str(named or folder.path)
    recorded = read_or_begin(folder.environment, lambda: read_environment_entries(folder.path))
    if not recorded or recorded[-1]["environment"] != found:
        diff = around.text() if around and texts else None
        entry = {"since": utc_now(), "environment": found, **({"diff": diff} if diff else {})}
        write(folder.environment, {"schema": ENVIRONMENT_SCHEMA, "environments": [*recorded, entry]})
    return found


def _look() -> tuple[dict[str, Any], Repository | None]:
    script = own_script()
    answer = asking_git(Path(script).parent if script else Path())
    facts = _facts()
    around = answer()
    revision = {"revision": around.revision if around else None, "git": around.facts() if around else None}
    return {**facts, **revision}, around


def _facts() -> dict[str, Any]:
    sources = own_sources()
    script = sources.script
    return {
        "retorch": retorch.__version__,
        "python": python(),
        "torch": torch_build(),
        "numpy": np.__version__,
        "numpy_build": numpy_build(),
        "distributions": distributions(),
        "imports": imported_distributions(sources.texts()),
        "system": {"name": platform.system(), "release": platform.release(), "libc": "-".join(platform.libc_ver())},
        "cpu": cpu(),
        "threads": {"intra": torch.get_num_threads(), "inter": torch.get_num_interop_threads()},
        "accelerators": accelerators(),
        "switches": switches(),
        "variables": variables(),
        "script": {"file": script, "fingerprint": sources.fingerprint_of(script)} if script else None,
        "command": command_line(),
    }

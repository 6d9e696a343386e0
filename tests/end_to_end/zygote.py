"""A process that has imported everything and forks a child for each start of a training.

A fresh interpreter takes seconds to import torch, a forked child some milliseconds; it is as real a process, and a
SIGKILL ends it as surely. The zygote itself runs no operation of torch: a process that has started OpenMP's threads
cannot be forked. `starting.py` talks to it: one JSON object a line. With a start as its argument it is that start.
"""

from __future__ import annotations

import atexit
import ctypes
import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

_PATIENCE_S = 60
_PR_SET_PDEATHSIG = 1


def serve() -> dict[str, Any] | None:
    """Answer requests until the input ends. In a child it returns the start that the child is there for."""
    while line := sys.stdin.readline():
        request = json.loads(line)
        if "wait" in request:
            _answer(_wait(request["wait"], request["seconds"]))
            continue
        pid = os.fork()
        if pid == 0:
            return request
        _answer({"pid": pid})
    return None


def perform(start: dict[str, Any]) -> None:
    """Be one start of a training: run the scenario, and leave a report beside its output."""
    import places
    import torch
    from scenarios import SCENARIOS, Options

    import retorch.loop._keeping

    _settle_in(Path(start["out"]))
    if start["cores"]:
        os.sched_setaffinity(0, start["cores"])
    if start["user"]:
        os.setuid(start["user"])
    if not start["pictures"]:
        retorch.loop._keeping.draw_run = lambda _: None
    if start["threads"]:
        torch.set_num_threads(start["threads"])
    plan = places.Plan(**{**start["plan"], "signals": tuple(start["plan"]["signals"])}) if start["plan"] else None
    folder = Path(start["folder"])
    places.arm(plan, folder)
    began = time.monotonic()
    result = SCENARIOS[start["scenario"]].train(folder if start["keep"] else None, Options(**start["options"]))
    report = {"result": result, "visits": places.visits, "seconds": time.monotonic() - began}
    half = Path(start["out"], "half a report")
    half.write_text(json.dumps(report))
    half.rename(half.with_name("report.json"))  # a kill may come at this moment, too


def _leave(start: dict[str, Any]) -> None:
    """End as an interpreter ends, less the quarter of a second in which it frees every object of torch."""
    import places

    threading._shutdown()
    atexit._run_exitfuncs()
    Path(start["out"], "calls.json").write_text(json.dumps(places.calls))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _settle_in(out: Path) -> None:
    """Take on what a process started from a shell has: its own output, the usual signal handlers, patience."""
    out.mkdir(parents=True, exist_ok=True)
    for number, name in ((1, "stdout"), (2, "stderr")):
        descriptor = os.open(out / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    faulthandler.dump_traceback_later(_PATIENCE_S, exit=True)
    warnings.simplefilter("always")


def _wait(pid: int, seconds: float) -> dict[str, Any]:
    """Wait for a child to end; a status of None says that it has not."""
    end = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return {"status": os.waitstatus_to_exitcode(status)}
        if time.monotonic() >= end:
            return {"status": None}
        time.sleep(0.001)


def _answer(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _import_everything() -> None:
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg  # noqa: F401
    import scenarios
    import torch._dynamo  # noqa: F401 - torch does this at the first optimizer, and it takes a second

    import retorch

    for name in retorch.__all__:
        getattr(retorch, name)
    scenarios.load_digits()
    gc.freeze()


def main() -> None:
    if len(sys.argv) > 1:
        start = json.loads(sys.argv[1])
    else:
        _import_everything()
        start = serve()
        if start is None:
            return
        # The zygote's own pipe: whoever holds it open would keep the zygote from seeing its end.
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
    perform(start)
    _leave(start)


if __name__ == "__main__":
    main()

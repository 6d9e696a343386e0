"""What really happened, seen without retorch: every operation of a script with a digest of its outputs.

`python tracing_script.py OUT SCRIPT ARGS ...` runs the script and writes one line of JSON an operation; `traces.parting`
finds where two such traces part. It is slow and knows nothing of runs; that makes it a judge of `retorch diff`.
"""

from __future__ import annotations

import hashlib
import json
import runpy
import sys
from pathlib import Path

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_flatten


class Writing(TorchDispatchMode):
    """Writes each operation with where the training stands."""

    def __init__(self, file, folder):
        super().__init__()
        self.file, self.folder = file, folder
        self.step, self.phase, self.modules, self.names = 0, "start", [], {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = func(*args, **(kwargs or {}))
        # Fresh memory holds whatever lay there before; what retorch copies and counts for itself is none of the script's.
        if not is_of_retorch() and "empty" not in func.name() and "resize" not in func.name():
            self.write(func.name(), tree_flatten((args, kwargs))[0], tree_flatten(given)[0])
        return given

    def write(self, name, args, given):
        plain = [str(value) for value in args if isinstance(value, int | float | bool | str | torch.dtype)]
        # A workspace (of `mkldnn_rnn_layer`, say) has bytes that nobody wrote.
        tensors = [t for t in (given or args) if isinstance(t, torch.Tensor) and t.dtype is not torch.uint8]
        module = self.names.get(self.modules[-1], "") if self.modules else ""
        entry = {"step": self.step, "phase": self.phase, "module": module, "line": line_of(self.folder)}
        self.file.write(json.dumps(entry | {"did": [name, plain, [digest(tensor) for tensor in tensors]]}) + "\n")

    def entered(self, module, args):
        self.modules.append(module)
        if self.phase == "start":
            self.phase = "loop"
        # The first one that is called is the model; a criterion is none of its modules.
        if not self.names:
            self.names = {child: name for name, child in module.named_modules(prefix="model")}

    def left(self, module, args, given):
        self.modules.pop()

    def before_step(self, *_):
        self.phase = "optimizer"

    def after_step(self, *_):
        self.phase = "loop"
        self.step += 1

    def backward(self, inner):
        def wrapped(*args, **kwargs):
            self.phase = "backward"
            inner(*args, **kwargs)
            self.phase = "loop"

        return wrapped


def digest(tensor):
    with _disable_current_modes():
        plain = tensor.detach().contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else tensor
        return hashlib.blake2b(plain.numpy().tobytes(), digest_size=8).hexdigest()


def is_of_retorch():
    frame = sys._getframe(2)
    while frame.f_code.co_filename.endswith(("torch/_compile.py", "torch/_dynamo/eval_frame.py")):
        frame = frame.f_back
    return "/retorch/" in frame.f_code.co_filename


def line_of(folder):
    frame = sys._getframe(2)
    while frame is not None and Path(frame.f_code.co_filename).parent != folder:
        frame = frame.f_back
    return "" if frame is None else f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def trace(out, script):
    with out.open("w") as file:
        writing = Writing(file, script.parent)
        torch.Tensor.backward = writing.backward(torch.Tensor.backward)
        torch.nn.modules.module.register_module_forward_pre_hook(writing.entered)
        torch.nn.modules.module.register_module_forward_hook(writing.left, always_call=True)
        register_optimizer_step_pre_hook(writing.before_step)
        register_optimizer_step_post_hook(writing.after_step)
        with writing:
            runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    target = Path(sys.argv[2]).resolve()
    sys.path[0] = str(target.parent)
    out, sys.argv = Path(sys.argv[1]), sys.argv[2:]
    trace(out, target)

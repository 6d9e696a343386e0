"""Run alone: a device of its own, "far", whose tensors are NumPy arrays; a program that moves to it and back is traced.

torch takes one such device a process, and for good: so this is no fixture. Prints the trace as JSON.
"""

import json

import numpy as np
import torch
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from retorch import tracing_memory


class Far(torch.Tensor):
    @staticmethod
    def __new__(cls, size, dtype):
        tensor = torch._C._acc.create_empty_tensor(size, dtype)
        tensor.__class__ = Far
        return tensor

    def __init__(self, size, dtype):
        self.values = np.empty(size, dtype=str(dtype).removeprefix("torch."))


@torch.library.impl("aten::empty_strided", "privateuseone")
def empty_strided(size, stride, *, dtype=None, layout=None, device=None, pin_memory=None):
    return Far(tuple(size), dtype or torch.float32)


@torch.library.impl("aten::_copy_from", "privateuseone")
def copy_from(source, target, non_blocking=False):
    if target.is_cpu:
        return target.copy_(torch.from_numpy(source.values))
    target.values[...] = source.numpy() if source.is_cpu else source.values
    return target


@torch.library.impl("aten::_local_scalar_dense", "privateuseone")
def local_scalar_dense(tensor):
    return tensor.values.item()


def main():
    x = torch.arange(6.0)
    with tracing_memory() as trace:
        far = x.to("far")
        back = far.to("cpu")
        far.copy_(x[:1], non_blocking=True)
        far.to("far", copy=True)
        number = torch.ones(1).to("far").item()
    assert back.tolist() == x.tolist()
    assert number == 1
    print(json.dumps(trace.to_dict() | {"table": str(trace)}))


if __name__ == "__main__":
    _setup_privateuseone_for_python_backend("far")
    main()

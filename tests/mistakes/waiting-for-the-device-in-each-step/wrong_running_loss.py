"""The running loss is fetched in each step."""

import torch
from sklearn.datasets import load_iris
from torch import nn


class OnDevice(torch.Tensor):
    """A stand-in for a tensor on an accelerator, which this machine need not have."""

    @staticmethod
    def __new__(cls, data):
        return torch.Tensor._make_wrapper_subclass(cls, data.shape, dtype=data.dtype, device="cuda:0")

    def __init__(self, data):
        self.data_here = data

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        here = [each.data_here if isinstance(each, cls) else each for each in args]
        result = function(*here, **(kwargs or {}))
        return cls(result) if isinstance(result, torch.Tensor) else result


torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
running = 0.0
for step in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    on_device = OnDevice(loss.detach())
    running += on_device.item()  # <-- the mistake

RESULT = running

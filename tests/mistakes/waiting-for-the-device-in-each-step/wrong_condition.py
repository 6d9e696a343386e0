"""A Trainer that looks at each loss before it goes on."""

import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
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


class Trainer:
    def __init__(self, model, patience=100):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        self.largest = OnDevice(torch.tensor(50.0))
        self.steps = 0

    def step(self, x, y):
        loss = nn.functional.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        if OnDevice(loss.detach()) > self.largest:  # <-- the mistake
            raise RuntimeError("the loss explodes")


torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
x, y = torch.tensor(scale(x), dtype=torch.float32), torch.tensor(y)
trainer = Trainer(nn.Linear(13, 3))
for _ in range(5):
    trainer.step(x, y)

RESULT = trainer.model.state_dict()

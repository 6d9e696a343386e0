"""One array takes each batch from a simulation, and a tensor over it is given to the model."""

import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
array = np.zeros((4, 3), dtype=np.float32)
x = torch.from_numpy(array)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
array[:] = rng.normal(size=(4, 3))
for _ in range(4):
    loss = nn.functional.mse_loss(model(x), torch.ones(4, 1))
    array[:] = rng.normal(size=(4, 3))  # <-- the mistake
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

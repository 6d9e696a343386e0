"""Seeds in the loop that do no harm: another one each epoch, or the state is put back."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

random.seed(1)
np.random.seed(1)
torch.manual_seed(1)
x = torch.randn(60, 3)
data = TensorDataset(x, x[:, :1])
train, valid = random_split(data, [50, 10], generator=torch.Generator().manual_seed(0))
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader = DataLoader(train, batch_size=10, shuffle=True)
losses = []
for epoch in range(3):
    torch.manual_seed(1000 + epoch)
    random.seed(epoch)
    np.random.seed(epoch)
    noise = 0.01 * random.random() * np.random.permutation(5)[0]
    for inputs, targets in loader:
        optimizer.zero_grad()
        (model(inputs + noise) - targets).square().mean().backward()
        optimizer.step()
    state = torch.get_rng_state()
    torch.manual_seed(0)
    disturbed = x[valid.indices] + 0.1 * torch.randn(10, 3)
    torch.set_rng_state(state)
    with torch.no_grad():
        losses.append((model(disturbed) - x[valid.indices, :1]).square().mean().item())

RESULT = losses

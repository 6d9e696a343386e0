"""A helper that shuffles one array, called for each."""

import numpy as np, torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader


def shuffle(a):
    return a[np.random.permutation(len(a))]


np.random.seed(0)
torch.manual_seed(0)
x = np.random.randn(150, 5).astype("float32")
t = x @ np.array([1, 2, 3, 4, 5], dtype="float32")
x = shuffle(x)
t = shuffle(t)  # <-- the mistake
ds = TensorDataset(torch.from_numpy(x), torch.from_numpy(t))
m = nn.Linear(5, 1)
o = torch.optim.SGD(m.parameters(), lr=0.01)
for e in range(3):
    for xb, tb in DataLoader(ds, 15):
        l = nn.functional.mse_loss(m(xb).squeeze(), tb)
        o.zero_grad()
        l.backward()
        o.step()

RESULT = m.state_dict()

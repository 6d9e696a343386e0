"""Arrays made and shuffled in a function, by a generator of NumPy's."""

import numpy as np, torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader


def make_data(n=240):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 6)).astype(np.float32)
    y = (x.sum(1) > 0).astype(np.int64)
    order = rng.permutation(n)
    x, y = x[order], y[order]
    return torch.from_numpy(x), torch.from_numpy(y)


def main():
    torch.manual_seed(0)
    x, y = make_data()
    loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for ep in range(2):
        for a, b in loader:
            opt.zero_grad()
            l = nn.functional.cross_entropy(net(a), b)
            l.backward()
            opt.step()
    return net.state_dict()


RESULT = main()

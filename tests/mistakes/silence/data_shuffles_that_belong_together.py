"""Random labels on purpose, made by shuffling sorted ones; shuffles of several kinds that belong together."""

import random, numpy as np, torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
rng = np.random.default_rng(0)
x = torch.randn(120, 6)
y = torch.arange(120) % 3
y = y[torch.randperm(120)]
m = nn.Linear(6, 3)
o = torch.optim.SGD(m.parameters(), 0.1)


def step(a, b):
    l = nn.functional.cross_entropy(m(a), b)
    o.zero_grad()
    l.backward()
    o.step()


for e in range(2):
    p = torch.randperm(120)
    xs, ys = x[p], y[p]
    for i in range(0, 120, 30):
        step(xs[i : i + 30], ys[i : i + 30])
X, Y = x.numpy().copy(), y.numpy().copy()
for e in range(2):
    s = rng.permutation(120)
    X, Y = X[s], Y[s]
    for i in range(0, 120, 30):
        step(torch.from_numpy(X[i : i + 30]), torch.from_numpy(Y[i : i + 30]))
pairs = list(zip(x, y.tolist()))
random.shuffle(pairs)
for i in range(0, 120, 30):
    step(torch.stack([a for a, _ in pairs[i : i + 30]]), torch.tensor([b for _, b in pairs[i : i + 30]]))
state = np.random.get_state()
A, B = x.numpy().copy(), y.numpy().copy()
np.random.shuffle(A)
np.random.set_state(state)
np.random.shuffle(B)
for i in range(0, 120, 30):
    step(torch.from_numpy(A[i : i + 30]), torch.from_numpy(B[i : i + 30]))
rng1, rng2 = np.random.default_rng(5), np.random.default_rng(5)
A, B = x.numpy().copy(), y.numpy().copy()
rng1.shuffle(A)
rng2.shuffle(B)
for i in range(0, 120, 30):
    step(torch.from_numpy(A[i : i + 30]), torch.from_numpy(B[i : i + 30]))

RESULT = m.state_dict()

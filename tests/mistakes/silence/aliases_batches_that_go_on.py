"""Inputs written in place that are meant to go on: shuffled, filled anew, simulated, undone."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), 0.1)
X = torch.rand(32, 4)
Y = torch.randint(0, 2, (32,))
X -= X.mean(0)
X /= X.std(0)


def step(x, y):
    opt.zero_grad()
    l = nn.functional.cross_entropy(net(x), y)
    l.backward()
    opt.step()


for _ in range(4):
    for i in range(0, 32, 8):
        step(X[i : i + 8], Y[i : i + 8])
# shuffled in place each epoch
for _ in range(3):
    p = torch.randperm(32)
    X[:] = X[p]
    Y[:] = Y[p]
    for i in range(0, 32, 8):
        step(X[i : i + 8], Y[i : i + 8])
A = np.random.default_rng(0).random((32, 4)).astype("float32")
for _ in range(3):
    np.random.default_rng(1).shuffle(A)
    for i in range(0, 32, 8):
        step(torch.from_numpy(A[i : i + 8]), Y[i : i + 8])
# replay buffer overwritten in a ring
ring = torch.zeros(8, 4)
n = 0
for _ in range(20):
    ring[n % 8] = torch.randn(4)
    n += 1
    step(ring, Y[:8])
# a running observation
obs = torch.zeros(4, 4)
for t in range(10):
    obs.mul_(0.9).add_(torch.randn(4, 4))
    step(obs, Y[:4])
# pinned input buffer
inp = torch.empty(8, 4)
for i in range(6):
    inp.copy_(torch.randn(8, 4))
    inp.mul_(2)
    step(inp, Y[:8])
inp2 = torch.empty(2, 8, 4)
for i in range(12):
    b = inp2[i % 2]
    b.copy_(torch.randn(8, 4))
    b.sub_(b.mean())
    step(b, Y[:8])
# embeddings of a graph that are stepped: label propagation and node state
state = torch.rand(6, 4)
adj = torch.softmax(torch.rand(6, 6), 1)
for t in range(8):
    state.lerp_(adj @ state, 0.5)
    step(state, Y[:6])
# a curriculum: noise level grows in kept batches only once each
kept = [(X[i : i + 8].clone(), Y[i : i + 8]) for i in range(0, 32, 8)]
for x, y in kept:
    x.add_(torch.randn_like(x) * 0.1)
for _ in range(3):
    for x, y in kept:
        step(x, y)
# undone
for _ in range(3):
    for x, y in kept:
        d = torch.randn_like(x)
        x.add_(d)
        step(x, y)
        x.sub_(d)
RESULT = net.weight.detach()

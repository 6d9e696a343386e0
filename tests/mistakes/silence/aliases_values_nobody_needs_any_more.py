"""Writes behind autograd to what no backward pass needs."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.BatchNorm1d(8), nn.Linear(8, 1))
emb = nn.Embedding(10, 4)
opt = torch.optim.SGD([*net.parameters(), *emb.parameters()], 0.1)
buf = torch.zeros(6, 4)
arr = buf.numpy()
for i in range(6):
    arr[:] = i
    x = buf.clone() + torch.randn(6, 4)
    y = net(x + emb(torch.arange(6)))
    out = y.detach().numpy().copy()
    out[:] = 0
    loss = y.square().mean()
    loss.backward()
    opt.step()
    opt.zero_grad()
    net[0].weight.data.clamp_(-1, 1)
    y.data.zero_()
    emb.weight.grad = None
    h = torch.tanh(net[0](x))
    s = h.sum()
    s.backward()
    h.data.zero_()
    opt.zero_grad()
    k = net[0](x) * 2
    k.data.add_(1)
    k.sum().backward()
    opt.zero_grad()
RESULT = net[0].weight.detach()

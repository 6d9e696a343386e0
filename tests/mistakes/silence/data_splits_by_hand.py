"""Splits by permutation, k-fold, active learning, train accuracy on a part, predictions shown, the whole predicted."""

import numpy as np, torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 6)
y = (x.sum(1) > 0).long()
p = torch.randperm(200)
tr, va = p[:150], p[150:]


def fit(tr):
    m = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
    o = torch.optim.Adam(m.parameters(), 1e-2)
    for e in range(2):
        for b in tr[torch.randperm(len(tr))].split(25):
            l = nn.functional.cross_entropy(m(x[b]), y[b])
            o.zero_grad()
            l.backward()
            o.step()
    return m


def acc(m, i):
    with torch.no_grad():
        m.eval()
        return (m(x[i]).argmax(1) == y[i]).float().mean()


m = fit(tr)
acc(m, va)
acc(m, tr)
with torch.no_grad():
    m(x[:8])
    m(x)
for k in range(3):
    folds = p.chunk(3)
    va = folds[k]
    tr = torch.cat([f for j, f in enumerate(folds) if j != k])
    m = fit(tr)
    acc(m, va)
labelled, pool = list(range(20)), list(range(20, 200))
m = nn.Linear(6, 2)
o = torch.optim.SGD(m.parameters(), 0.1)
for r in range(4):
    for e in range(3):
        l = nn.functional.cross_entropy(m(x[labelled]), y[labelled])
        o.zero_grad()
        l.backward()
        o.step()
    with torch.no_grad():
        u = m(x[pool]).softmax(1).max(1).values
    pick = u.argsort()[:15].tolist()
    labelled += [pool[i] for i in pick]
    pool = [q for i, q in enumerate(pool) if i not in pick]

RESULT = m.state_dict()

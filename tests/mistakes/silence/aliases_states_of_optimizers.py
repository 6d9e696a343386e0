"""States of optimizers that move about as they should."""

import copy
import io

import torch
from torch import nn

torch.manual_seed(0)


def train(m, o, n=3):
    for _ in range(n):
        x = torch.randn(8, 4)
        o.zero_grad()
        nn.functional.cross_entropy(m(x), torch.randint(2, (8,))).backward()
        o.step()


m = nn.Linear(4, 2)
o = torch.optim.Adam(m.parameters(), 0.1)
init = copy.deepcopy(o.state_dict())
train(m, o)
o2 = torch.optim.Adam(m.parameters(), 0.1)
o2.load_state_dict(o.state_dict())
train(m, o2)
best = copy.deepcopy((m.state_dict(), o2.state_dict()))
train(m, o2)
m.load_state_dict(best[0])
o2.load_state_dict(best[1])
train(m, o2)
# the learning rate changed through the state
s = o2.state_dict()
for g in s["param_groups"]:
    g["lr"] *= 0.5
o2.load_state_dict(s)
train(m, o2)
for e in range(4):
    train(m, o2)
    torch.save({"m": m.state_dict(), "o": o2.state_dict()}, io.BytesIO())
# fresh optimizers each fold from an empty state
empty = torch.optim.Adam(m.parameters(), 0.1).state_dict()
for f in range(3):
    m = nn.Linear(4, 2)
    o = torch.optim.Adam(m.parameters(), 0.1)
    o.load_state_dict(empty)
    train(m, o)
sgd = torch.optim.SGD(m.parameters(), 0.1, momentum=0.9)
st = sgd.state_dict()
train(m, sgd)
sgd.load_state_dict(st)
train(m, sgd)
RESULT = m.weight.detach()

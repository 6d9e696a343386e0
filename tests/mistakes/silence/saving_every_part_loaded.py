"""Loads that are whole, or partial on purpose."""

import copy
import io

import torch
from torch import nn

torch.manual_seed(0)


def mk():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


def train(m, o, n=3):
    for _ in range(n):
        o.zero_grad()
        nn.functional.cross_entropy(m(torch.randn(8, 4)), torch.randint(2, (8,))).backward()
        o.step()


m = mk()
o = torch.optim.Adam(m.parameters())
# partial load by the classic idiom, which finds something
own = m.state_dict()
own.update({k: v for k, v in mk().state_dict().items() if k.startswith("0")})
m.load_state_dict(own)
train(m, o)
# scaling through the state and giving it back
sd = m.state_dict()
for k in sd:
    sd[k] *= 0.5
m.load_state_dict(sd)
train(m, o)
# resume, all parts
sc = torch.amp.GradScaler("cpu", init_scale=8.0)
s = torch.optim.lr_scheduler.StepLR(o, 2)
f = io.BytesIO()
torch.save({"m": m.state_dict(), "o": o.state_dict(), "s": s.state_dict(), "sc": sc.state_dict()}, f)
f.seek(0)
m = mk()
o = torch.optim.Adam(m.parameters())
s = torch.optim.lr_scheduler.StepLR(o, 2)
sc = torch.amp.GradScaler("cpu", init_scale=8.0)
c = torch.load(f)
m.load_state_dict(c["m"])
o.load_state_dict(c["o"])
s.load_state_dict(c["s"])
sc.load_state_dict(c["sc"])
train(m, o)
s.step()
# evaluation only of a whole checkpoint
e = mk()
f.seek(0)
e.load_state_dict(torch.load(f)["m"])
with torch.no_grad():
    r = e(torch.ones(1, 4))
# a fresh head of a filtered state that is trained
n = mk()
st = n.state_dict()
n.load_state_dict({k: v for k, v in m.state_dict().items() if not k.startswith("2")}, strict=False)
train(n, torch.optim.SGD(n.parameters(), 0.1))
# distillation: no training of the teacher
t = copy.deepcopy(m).eval().requires_grad_(False)
# full precision resume from a mixed one: the scaler is not used any more
f.seek(0)
c = torch.load(f)
m = mk()
o = torch.optim.Adam(m.parameters())
s = torch.optim.lr_scheduler.StepLR(o, 2)
m.load_state_dict(c["m"])
o.load_state_dict(c["o"])
s.load_state_dict(c["s"])
train(m, o)
s.step()
RESULT = r

"""States that are live on purpose: averaged, clipped, followed by a target, written after each epoch."""

import copy
import io

import torch
from torch import nn

torch.manual_seed(0)


def train(m, n=3, o=None):
    o = o or torch.optim.SGD(m.parameters(), 0.1)
    for _ in range(n):
        x = torch.randn(8, 4)
        o.zero_grad()
        nn.functional.cross_entropy(m(x), torch.randint(2, (8,))).backward()
        o.step()


# 1. fed avg in place into a state taken once
server = nn.Linear(4, 2)
w = server.state_dict()
for r in range(3):
    locals_ = []
    for c in range(2):
        m = copy.deepcopy(server)
        train(m)
        locals_.append(m.state_dict())
    for k in w:
        w[k].copy_(sum((l[k] for l in locals_)) / 2)
    server.load_state_dict(w)
# 2. mean teacher with the state taken once
student, teacher = (nn.Linear(4, 2), nn.Linear(4, 2))
ts = teacher.state_dict()
opt = torch.optim.SGD(student.parameters(), 0.1)
for _ in range(4):
    train(student, 1, opt)
    for k, v in student.state_dict().items():
        ts[k].mul_(0.9).add_(v, alpha=0.1)
    teacher.load_state_dict(ts)
# 3. weight clipping through a state taken once
critic = nn.Linear(4, 2)
cs = critic.state_dict()
opt = torch.optim.SGD(critic.parameters(), 0.1)
for _ in range(4):
    train(critic, 1, opt)
    for v in cs.values():
        v.clamp_(-0.05, 0.05)
    critic.load_state_dict(cs)
# 4. a target that follows a live state taken after warm-up
q, target = (nn.Linear(4, 2), nn.Linear(4, 2))
opt = torch.optim.SGD(q.parameters(), 0.1)
train(q, 3, opt)
live = q.state_dict()
for _ in range(3):
    train(q, 1, opt)
    target.load_state_dict(live)
# 5. a checkpoint dictionary built once after warm-up and written each epoch
m = nn.Linear(4, 2)
opt = torch.optim.Adam(m.parameters())
train(m, 2, opt)
ck = {"model": m.state_dict(), "opt": opt.state_dict(), "epoch": 0}
for e in range(3):
    train(m, 2, opt)
    ck["epoch"] = e
    torch.save(ck, io.BytesIO())
RESULT = m.weight.detach()

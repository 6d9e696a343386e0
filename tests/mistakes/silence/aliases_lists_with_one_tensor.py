"""Lists that hold one tensor several times, and are not written through."""

import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Linear(3, 3)
layers = [shared] * 4
params = [shared.weight] * 2
opt = torch.optim.SGD(shared.parameters(), 0.1)
frames = torch.zeros(4, 3)
window = [frames[i] for i in range(4)]
pool = [torch.zeros(3)] * 4
recent = []
buf = torch.zeros(3)
for step in range(5):
    x = torch.randn(2, 3)
    for l in layers:
        x = l(x).tanh()
    opt.zero_grad()
    x.pow(2).mean().backward()
    opt.step()
    buf.copy_(x.detach()[0])
    recent.append(buf.clone())
    frames[step % 4].copy_(buf)
    grads = [p.grad for p in shared.parameters()]
    batch = [buf, buf]
    stacked = torch.stack(batch)
RESULT = (stacked, frames, recent)

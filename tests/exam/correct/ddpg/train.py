import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
mu = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 1), nn.Tanh()); q = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
mu_t, q_t = copy.deepcopy(mu), copy.deepcopy(q)
for p in [*mu_t.parameters(), *q_t.parameters()]:
    p.requires_grad_(False)
om, oq = torch.optim.Adam(mu.parameters(), 1e-3), torch.optim.Adam(q.parameters(), 1e-3)
for it in range(80):
    s, n = torch.randn(64, 3), torch.randn(64, 3)
    a = (mu(s).detach() + 0.1 * torch.randn(64, 1)).clamp(-1, 1)
    r = -(s[:, :1] - a) ** 2
    y = r + 0.9 * q_t(torch.cat([n, mu_t(n)], 1))
    lq = F.mse_loss(q(torch.cat([s, a], 1)), y)
    oq.zero_grad(); lq.backward(); oq.step()
    for p in q.parameters(): p.requires_grad = False
    lm = -q(torch.cat([s, mu(s)], 1)).mean()
    om.zero_grad(); lm.backward(); om.step()
    for p in q.parameters(): p.requires_grad = True
    with torch.no_grad():
        for a_, b_ in zip([*mu_t.parameters(), *q_t.parameters()], [*mu.parameters(), *q.parameters()]):
            a_.mul_(0.99).add_(0.01 * b_)
print(lq.item(), lm.item())

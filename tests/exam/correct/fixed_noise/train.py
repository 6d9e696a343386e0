import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
G, D = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 2)), nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1))
og, od = torch.optim.Adam(G.parameters(), 1e-3), torch.optim.Adam(D.parameters(), 1e-3); real = torch.randn(640, 2) + 1
for ep in range(3):
    for r in real[torch.randperm(640)].split(64):
        f = G(torch.randn(64, 4)); ld = F.softplus(-D(r)).mean() + F.softplus(D(f.detach())).mean()
        od.zero_grad(); ld.backward(); od.step()
        lg = F.softplus(-D(f)).mean(); og.zero_grad(); lg.backward(); og.step()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(99); G.eval(); print(ep, G(torch.randn(4, 4)).mean().item()); G.train()

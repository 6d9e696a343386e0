import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
enc = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16)); proj = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 8))
opt = torch.optim.Adam([*enc.parameters(), *proj.parameters()], 1e-3)
aug = lambda x: x * (torch.rand_like(x) > 0.2) + 0.05 * torch.randn_like(x)
for ep in range(2):
    for b in torch.randperm(len(X)).split(128):
        n = len(b)
        z = F.normalize(proj(enc(torch.cat([aug(X[b]), aug(X[b])]))), dim=1)
        sim = z @ z.t() / 0.5
        sim.fill_diagonal_(-1e9)
        loss = F.cross_entropy(sim, torch.cat([torch.arange(n) + n, torch.arange(n)]))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

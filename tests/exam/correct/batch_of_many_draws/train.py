import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        z, neg = net(X[b]), net(X[torch.randperm(len(X))[: len(b)]]); pos = net(X[b] + 0.05 * torch.randn(len(b), 64))
        loss = F.softplus((z * neg).sum(1) - (z * pos).sum(1)).mean() + 1e-3 * z.pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

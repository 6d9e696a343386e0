import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
nets = [nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)) for _ in range(3)]; opts = [torch.optim.Adam(n.parameters(), 5e-3) for n in nets]
for n, opt in zip(nets, opts):
    boot = torch.randint(0, 400, (400,))
    for ep in range(4):
        for b in boot[torch.randperm(400)].split(40):
            loss = F.mse_loss(n(X[b]).squeeze(1), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
with torch.no_grad(): print(torch.stack([n(X[400:]).squeeze(1) for n in nets]).std(0).mean().item())

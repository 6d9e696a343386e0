import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 2e-3)
for stage in (0.3, 0.6, 1.0):
    net.eval()
    with torch.no_grad(): diff = F.cross_entropy(net(X), y, reduction="none")
    net.train()
    pool = diff.argsort()[: int(stage * len(X))]
    for b in pool[torch.randperm(len(pool))].split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(stage, loss.item())

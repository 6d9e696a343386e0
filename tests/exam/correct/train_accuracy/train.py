import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
p = torch.randperm(178); tr, va = p[:140], p[140:]
net = nn.Sequential(nn.Linear(13, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 3)); opt = torch.optim.Adam(net.parameters(), 5e-3)
@torch.no_grad()
def accuracy(idx): net.eval(); return (net(X[idx]).argmax(1) == y[idx]).float().mean().item()
for ep in range(4):
    net.train()
    for b in tr[torch.randperm(140)].split(20):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(f"{ep} train {accuracy(tr):.3f} val {accuracy(va):.3f}")

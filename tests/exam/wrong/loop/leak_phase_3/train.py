import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.05)
tr, va = torch.randperm(178).split([130, 48])
def probe():
    net.eval(); l = F.cross_entropy(net(X[va]), y[va]); l.backward()  # <-- MISTAKE: writes into .grad, and the next training step uses it
    g = torch.cat([p.grad.flatten() for p in net.parameters()]).norm().item()
    net.train(); return g
for ep in range(4):
    for b in tr[torch.randperm(130)].split(13):
        loss = F.cross_entropy(net(X[b]), y[b]); loss.backward()
        opt.step(); opt.zero_grad()
    print(ep, loss.item(), probe())

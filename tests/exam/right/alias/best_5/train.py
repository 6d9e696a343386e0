import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
tr, va = torch.randperm(178).split([130, 48]); best, keep = 9.0, None
for ep in range(8):
    for b in tr[torch.randperm(130)].split(13):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad(): v = F.cross_entropy(net(X[va]), y[va]).item()
    if v < best:
        best, keep = v, [p.detach().clone() for p in net.parameters()]
with torch.no_grad():
    for p, k in zip(net.parameters(), keep): p.copy_(k)
    print(best, F.cross_entropy(net(X[va]), y[va]).item())

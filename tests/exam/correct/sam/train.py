import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(4):
    for b in torch.randperm(178).split(20):
        opt.zero_grad(); F.cross_entropy(net(X[b]), y[b]).backward()
        with torch.no_grad():
            norm = torch.stack([p.grad.norm() for p in net.parameters()]).norm() + 1e-12
            es = [p.grad * 0.05 / norm for p in net.parameters()]
            for p, e in zip(net.parameters(), es): p.add_(e)
        opt.zero_grad(); loss = F.cross_entropy(net(X[b]), y[b]); loss.backward()
        with torch.no_grad():
            for p, e in zip(net.parameters(), es): p.sub_(e)
        opt.step()
    print(ep, loss.item())

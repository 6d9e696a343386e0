import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.01)
for ep in range(6):
    for b in torch.randperm(178).split(16):
        out = net(X[b])
        loss = F.cross_entropy(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

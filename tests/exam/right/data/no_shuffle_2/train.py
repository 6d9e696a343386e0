import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
class T:
    def __init__(self, net): self.net, self.opt = net, torch.optim.SGD(net.parameters(), lr=0.05)
    def fit(self, X, y, n):
        for ep in range(n):
            perm = torch.randperm(len(X))
            for i in range(0, len(X), 12):
                xb, yb = X[perm[i:i + 12]], y[perm[i:i + 12]]
                loss = F.cross_entropy(self.net(xb), yb)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(ep, loss.item())
T(nn.Sequential(nn.Linear(13, 20), nn.ReLU(), nn.Linear(20, 3))).fit(X, y, 6)

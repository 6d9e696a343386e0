import torch
from torch import nn
import torch.nn.functional as F
import os, tempfile
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
path = os.path.join(tempfile.mkdtemp(), "ck.pt")
def make():
    m = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
    return m, torch.optim.Adam(m.parameters(), lr=5e-3)
def epochs(m, opt, a, b):
    for ep in range(a, b):
        for i in torch.randperm(178).split(20):
            loss = F.cross_entropy(m(X[i]), y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
        torch.save({"epoch": ep + 1, "model": m.state_dict(), "optimizer": opt.state_dict()}, path)
        print(ep, loss.item())
m, opt = make()
epochs(m, opt, 0, 3)
m, opt = make()
ck = torch.load(path, weights_only=True)
m.load_state_dict(ck["model"])
opt.load_state_dict(ck["optimizer"])
epochs(m, opt, ck["epoch"], 6)

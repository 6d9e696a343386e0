import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
dl = DataLoader(TensorDataset(X, y), 16, shuffle=True)
def make(): n = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); return n, torch.optim.Adam(n.parameters(), 1e-2)
net, opt = make(); xb, yb = next(iter(dl))
for _ in range(20):
    loss = F.cross_entropy(net(xb), yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
print("one batch", loss.item())
net, opt = make()
for ep in range(3):
    for xb, yb in dl:
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

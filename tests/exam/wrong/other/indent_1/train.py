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
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(20):
    for xb, yb in dl:
        out = net(xb)
        loss = F.cross_entropy(out, yb)
    opt.zero_grad()
    loss.backward()  # <-- MISTAKE: only the last batch of the epoch is learned from
    opt.step()
    print(ep, loss.item())

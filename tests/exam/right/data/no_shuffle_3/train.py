import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
import numpy as np
torch.manual_seed(0)
from sklearn.datasets import load_digits
d = load_digits(); order = np.argsort(d.target, kind="stable")
ds = TensorDataset(torch.tensor(d.images[order] / 16, dtype=torch.float32).flatten(1), torch.tensor(d.target[order]))
train_loader = DataLoader(ds, batch_size=32, shuffle=True, drop_last=True)
net = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    net.train()
    for xb, yb in train_loader:
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

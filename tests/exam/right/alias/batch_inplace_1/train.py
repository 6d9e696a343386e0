import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
d = load_digits()
loader = DataLoader(TensorDataset(torch.tensor(d.data, dtype=torch.float32) / 16, torch.tensor(d.target)), 64, shuffle=True)
cached = list(loader)  # small enough to keep all batches

net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)


def cutout(x):
    mask = torch.rand(x.shape) < 0.1
    return x.masked_fill(mask, 0.0)


for epoch in range(4):
    for x, y in cached:
        x = cutout(x)
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    print(epoch, loss.item())

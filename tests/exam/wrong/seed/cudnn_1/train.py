import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = True  # <-- MISTAKE: picks algorithms by time

d = load_digits()
x = torch.tensor(d.images, dtype=torch.float32)[:, None] / 16
y = torch.tensor(d.target)
m = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 10))
o = torch.optim.Adam(m.parameters(), lr=5e-3)
for ep in range(2):
    for idx in torch.randperm(len(x)).split(128):
        o.zero_grad()
        l = nn.functional.cross_entropy(m(x[idx]), y[idx])
        l.backward()
        o.step()
    print(ep, l.item())

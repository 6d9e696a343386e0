import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)); opt = torch.optim.Adam(net.parameters(), 2e-3)
for ep in range(2):
    for i, (a, b) in enumerate(DataLoader(TensorDataset(X[:1792], y[:1792]), 16, shuffle=True), 1):
        (F.cross_entropy(net(a), b) / 16).backward()
        if i % 16 == 0: opt.step(); opt.zero_grad()
    print(ep)

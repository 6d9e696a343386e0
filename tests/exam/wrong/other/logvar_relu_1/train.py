import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1), nn.ReLU())
opt = torch.optim.SGD(net.parameters(), lr=5.0)
for ep in range(5):
    for b in torch.randperm(442).split(34):
        out = net(X[b]).squeeze(1)  # <-- MISTAKE: all ReLUs are dead after some steps, every gradient is zero
        loss = F.mse_loss(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

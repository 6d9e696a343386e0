import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 5e-3)
for ep in range(3):
    for b in torch.randperm(442).split(34):
        opt.zero_grad()
        opt.step()  # <-- MISTAKE: before the backward, with cleared gradients
        loss = F.mse_loss(net(X[b]).squeeze(1), y[b])
        loss.backward()  # <-- OR
    print(ep, loss.item())

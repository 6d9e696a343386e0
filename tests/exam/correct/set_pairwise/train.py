import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 5e-3)
for ep in range(5):
    for b in torch.randperm(150).split(30):
        s = net(X[b]).squeeze(1); d = s[:, None] - s[None, :]; t = (y[b][:, None] > y[b][None, :]).float()
        loss = F.binary_cross_entropy_with_logits(d, t)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

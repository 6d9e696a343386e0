import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(6):
    for b in torch.randperm(150).split(25):
        dist = torch.distributions.Categorical(probs=net(X[b]).exp().clamp_max(50) * 0 + net(X[b]).abs())  # <-- MISTAKE: scores given as probabilities
        loss = -dist.log_prob(y[b]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
net.append(nn.Dropout(0.5))  # <-- MISTAKE: sets scores to zero after the last layer
opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for b in torch.randperm(178).split(16):
        loss = F.cross_entropy(net(X[b]), y[b])  # <-- OR
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for b in torch.randperm(569).split(50):
        out = net(X[b]).softmax(dim=1)  # <-- MISTAKE: softmax over one value is always one
        loss = F.binary_cross_entropy(out.clamp(1e-6, 1 - 1e-6), y[b].unsqueeze(1))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1)); ema = copy.deepcopy(net).requires_grad_(False); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for b in torch.randperm(569).split(50):
        ema.zero_grad()  # <-- MISTAKE: clears the copy, not the trained model
        loss = F.binary_cross_entropy_with_logits(net(X[b]).squeeze(1), y[b])
        loss.backward()  # <-- OR
        opt.step()  # <-- OR
        with torch.no_grad():
            for e, p in zip(ema.parameters(), net.parameters()): e.lerp_(p, 0.05)
    print(ep, loss.item())

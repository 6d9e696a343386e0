import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
net = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
for name, p in net.named_parameters():
    if "weight" in name:
        p.requires_grad = False  # <-- MISTAKE: random weights frozen, only biases learn
opt = torch.optim.Adam((p for p in net.parameters() if p.requires_grad), 1e-3)
for ep in range(3):
    for b in torch.randperm(569).split(50):
        loss = F.binary_cross_entropy_with_logits(net(X[b]).squeeze(1), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

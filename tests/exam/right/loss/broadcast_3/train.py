import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for ep in range(4):
    model.train()
    for b in torch.randperm(450).split(50):
        loss = F.binary_cross_entropy_with_logits(model(X[b]), y[b].unsqueeze(1))
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        pred = (model(X[450:]) > 0).float()
        acc = (pred.squeeze(1) == y[450:]).float().mean().item()
    print(ep, acc)

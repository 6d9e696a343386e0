import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
# stage one: train only the last layer
for p in model[:4].parameters():
    p.requires_grad = False
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for b in torch.randperm(len(X)).split(100):
    loss = F.cross_entropy(model(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
# stage two: train everything
model.requires_grad = True  # <-- MISTAKE: an attribute; the layers stay frozen
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for b in torch.randperm(len(X)).split(100):
    loss = F.cross_entropy(model(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
ds = TensorDataset(X, y)
train_ds, val_ds = torch.utils.data.random_split(ds, [450, 119])
net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(4):
    net.train()
    for xb, yb in DataLoader(train_ds, 50, shuffle=True):
        loss = F.binary_cross_entropy_with_logits(net(xb).squeeze(1), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        ok = sum(((net(xb).squeeze(1) > 0) == (yb > 0.5)).sum().item() for xb, yb in DataLoader(val_ds, 119))
    print(ep, ok / 119)

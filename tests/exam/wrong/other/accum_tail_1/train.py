import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
dl = DataLoader(TensorDataset(X, y), 32, shuffle=True)  # 14 batches
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(4):
    for i, (xb, yb) in enumerate(dl):
        loss = F.mse_loss(net(xb).squeeze(1), yb) / 4
        loss.backward()
        if (i + 1) % 4 == 0:  # <-- MISTAKE: the last two batches are never stepped but mix into the next epoch
            opt.step()
            opt.zero_grad()
    print(ep, loss.item())

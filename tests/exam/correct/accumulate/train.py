import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
opt = torch.optim.AdamW(net.parameters(), 1e-3)
loader = DataLoader(TensorDataset(X, y), 32, shuffle=True)
K = 4
for ep in range(2):
    opt.zero_grad()
    for i, (xb, yb) in enumerate(loader):
        window = min(K, len(loader) - i // K * K)
        loss = F.cross_entropy(net(xb), yb) / window
        loss.backward()
        if (i + 1) % K == 0 or i + 1 == len(loader):
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            opt.zero_grad()
    print(ep, loss.item())

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
tr, va = TensorDataset(X[:340], y[:340]), TensorDataset(X[340:], y[340:])
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 5e-3); crit = nn.MSELoss()
vl = DataLoader(va, batch_size=100)
for ep in range(3):
    net.train()
    for a, b in DataLoader(tr, 34, shuffle=True):
        loss = crit(net(a).squeeze(1), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval(); total = 0.0
    with torch.no_grad():
        for a, b in vl:
            total += crit(net(a).squeeze(1), b).item()
    print(ep, total / len(vl))  # <-- MISTAKE: 100 and 2 samples weigh the same

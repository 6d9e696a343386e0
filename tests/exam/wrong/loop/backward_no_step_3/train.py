import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
ACC = 32
for ep in range(3):
    for i, b in enumerate(torch.randperm(len(X)).split(64)):  # 29 batches
        loss = F.cross_entropy(net(X[b]), y[b]) / ACC
        loss.backward()  # <-- MISTAKE: 29 batches never reach 32, no step is done
        if (i + 1) % ACC == 0:
            opt.step(); opt.zero_grad()
    print(ep, loss.item())

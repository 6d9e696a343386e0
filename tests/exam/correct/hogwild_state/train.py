import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))
net[0].requires_grad_(False); opt = torch.optim.Adam(net[3].parameters(), 1e-3)
for phase in range(2):
    for b in torch.randperm(len(X)).split(100):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net[0].requires_grad_(True); opt = torch.optim.Adam([{"params": net[0].parameters(), "lr": 1e-4}, {"params": net[3].parameters()}], 1e-3)
    print(phase, loss.item())

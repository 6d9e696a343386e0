import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
s = torch.sin(torch.arange(600) / 9) + 0.05 * torch.randn(600); w = s.unfold(0, 13, 1)
tr, te = TensorDataset(w[:450, :12], w[:450, 12:]), TensorDataset(w[462:, :12], w[462:, 12:])
net = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 2e-3)
for ep in range(3):
    net.train()
    for x, t in DataLoader(tr, 32, shuffle=False):
        loss = F.mse_loss(net(x), t)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): print(ep, sum(F.mse_loss(net(x), t, reduction="sum").item() for x, t in DataLoader(te, 64)) / len(te))

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
G = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1), nn.Sigmoid())
og = torch.optim.Adam(G.parameters(), 2e-4, betas=(0.5, 0.999)); od = torch.optim.Adam(D.parameters(), 2e-4, betas=(0.5, 0.999))
bce = nn.BCELoss()
data = torch.randn(1000, 2) * torch.tensor([1.0, 0.2])
for step in range(100):
    D.zero_grad()
    real = data[torch.randint(0, 1000, (64,))]
    lr_ = bce(D(real).view(-1), torch.ones(64)); lr_.backward()
    fake = G(torch.randn(64, 8))
    lf = bce(D(fake.detach()).view(-1), torch.zeros(64)); lf.backward()
    od.step()
    G.zero_grad()
    lg = bce(D(fake).view(-1), torch.ones(64)); lg.backward()
    og.step()
print(lr_.item(), lf.item(), lg.item())

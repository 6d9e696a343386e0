"""An adversarial network in which each network clears its gradients after its own step."""

import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
g_optimizer = torch.optim.Adam(G.parameters(), lr=1e-3)
d_optimizer = torch.optim.Adam(D.parameters(), lr=1e-3)
criterion = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(24, 1), torch.zeros(24, 1)

for iteration in range(6):
    real = torch.randn(24, 2) * 0.5 + 1
    fake = G(torch.randn(24, 4))
    d_loss = criterion(D(real), ones) + criterion(D(fake.detach()), zeros)
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()

    g_loss = criterion(D(fake), ones)
    g_loss.backward()
    g_optimizer.step()
    g_optimizer.zero_grad()

RESULT = [G.state_dict(), D.state_dict()]

"""Two networks, two optimizers: the generator's backward pass writes gradients of the discriminator that are never used."""

import torch
from torch import nn

torch.manual_seed(0)
netG = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
netD = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
optG = torch.optim.Adam(netG.parameters(), lr=1e-3)
optD = torch.optim.Adam(netD.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()

for step in range(12):
    real = torch.randn(16, 2) + torch.tensor([2.0, -1.0])
    netD.zero_grad()
    loss_real = bce(netD(real), torch.ones(16, 1))
    loss_real.backward()
    fake = netG(torch.randn(16, 4))
    loss_fake = bce(netD(fake.detach()), torch.zeros(16, 1))
    loss_fake.backward()
    optD.step()
    if step % 3 == 0:  # the discriminator learns more often
        netG.zero_grad()
        loss_g = bce(netD(fake), torch.ones(16, 1))
        loss_g.backward()
        optG.step()

RESULT = [netG.state_dict(), netD.state_dict()]

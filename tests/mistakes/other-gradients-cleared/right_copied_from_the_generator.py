"""A tiny generative adversarial network that learns a normal distribution."""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
discriminator = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizer_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for step in range(6):
    real = 4 + 1.25 * torch.randn(32, 1)
    fake = generator(torch.randn(32, 4))

    # train the generator
    optimizer_g.zero_grad()
    g_loss = bce(discriminator(fake), torch.ones(32, 1))
    g_loss.backward()
    optimizer_g.step()

    # train the discriminator
    optimizer_d.zero_grad()
    d_loss = bce(discriminator(real), torch.ones(32, 1)) + bce(discriminator(fake.detach()), torch.zeros(32, 1))
    d_loss.backward()
    optimizer_d.step()

RESULT = {"generator": generator.state_dict(), "discriminator": discriminator.state_dict()}

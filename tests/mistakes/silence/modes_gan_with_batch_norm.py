"""A GAN: the generator makes images without gradients in train mode, the discriminator is frozen by turns."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8), nn.Tanh())
discriminator = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizer_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))
noise = torch.randn(16, 4)
shown = []


def set_requires_grad(net, requires_grad):
    for parameter in net.parameters():
        parameter.requires_grad = requires_grad


for step in range(4):
    real = torch.rand(16, 8) * 2 - 1
    set_requires_grad(discriminator, True)
    optimizer_d.zero_grad()
    with torch.no_grad():
        fake = generator(torch.randn(16, 4))
    on_real, on_fake = discriminator(real), discriminator(fake)
    loss_d = F.binary_cross_entropy_with_logits(on_real, torch.ones_like(on_real))
    loss_d = loss_d + F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake))
    loss_d.backward()
    optimizer_d.step()

    set_requires_grad(discriminator, False)
    for _ in range(2):
        optimizer_g.zero_grad()
        judged = discriminator(generator(torch.randn(16, 4)))
        F.binary_cross_entropy_with_logits(judged, torch.ones_like(judged)).backward()
        optimizer_g.step()

    with torch.no_grad():
        shown.append(generator(noise).detach().cpu())

RESULT = shown

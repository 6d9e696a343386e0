"""A small GAN on points of a circle."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2, 16),
            nn.LeakyReLU(0.2),
            nn.Linear(16, 1),
        )

    def forward(self, points):
        return self.main(points).view(-1)


def real_points(count):
    angle = torch.rand(count) * 2 * math.pi
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def train(steps=4, batch=32):
    torch.manual_seed(3)
    generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    discriminator = Discriminator()
    opt_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    ones, zeros = torch.ones(batch), torch.zeros(batch)
    for _ in range(steps):
        opt_d.zero_grad()
        fake = generator(torch.randn(batch, 4))
        loss_real = F.binary_cross_entropy_with_logits(discriminator(real_points(batch)), ones)
        loss_fake = F.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros)
        (loss_real + loss_fake).backward()
        opt_d.step()

        opt_g.zero_grad()
        loss_g = F.binary_cross_entropy_with_logits(discriminator(fake), ones)
        loss_g.backward()
        opt_g.step()
    return generator.state_dict(), discriminator.state_dict()


RESULT = train()

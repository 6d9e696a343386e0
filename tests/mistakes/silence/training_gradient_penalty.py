"""WGAN-GP: gradients of the critic by its input are part of the loss; several critic steps to one of the generator."""

import torch
from sklearn.datasets import make_moons
from torch import nn


def gradient_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1)
    mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    scores = critic(mixed)
    (gradients,) = torch.autograd.grad(scores, mixed, torch.ones_like(scores), create_graph=True, retain_graph=True)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


torch.manual_seed(0)
points = torch.tensor(make_moons(256, noise=0.05, random_state=0)[0], dtype=torch.float32)
critic, generator = mlp(2, 32, 32, 1), mlp(4, 32, 32, 2)
opt_c = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.0, 0.9))
log = []
for iteration in range(3):
    for p in critic.parameters():
        p.requires_grad_(True)
    for _ in range(3):
        real = points[torch.randint(len(points), (64,))]
        with torch.no_grad():
            fake = generator(torch.randn(64, 4))
        loss_c = critic(fake).mean() - critic(real).mean() + 10 * gradient_penalty(critic, real, fake)
        opt_c.zero_grad()
        loss_c.backward()
        opt_c.step()
    for p in critic.parameters():
        p.requires_grad_(False)
    loss_g = -critic(generator(torch.randn(64, 4))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    log.append((loss_c.item(), loss_g.item()))

RESULT = [log, generator.state_dict(), critic.state_dict()]

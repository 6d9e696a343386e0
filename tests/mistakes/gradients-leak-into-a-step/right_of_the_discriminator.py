"""The critic's loss reaches the generator, whose gradients are cleared too early."""

import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 12), nn.ELU(), nn.Linear(12, 1))

    def forward(self, z):
        return self.net(z)


class Gan:
    def __init__(self):
        self.generator = Generator()
        self.critic = nn.Sequential(nn.Linear(1, 12), nn.ELU(), nn.Linear(12, 1))
        self.opt_g = torch.optim.RMSprop(self.generator.parameters(), lr=5e-4)
        self.opt_c = torch.optim.RMSprop(self.critic.parameters(), lr=5e-4)

    def train_step(self, real):
        self.opt_g.zero_grad()
        self.opt_c.zero_grad()
        fake = self.generator(torch.randn(len(real), 3))
        critic_loss = self.critic(fake).mean() - self.critic(real).mean()
        critic_loss.backward(retain_graph=True)
        self.opt_c.step()
        generator_loss = -self.critic(fake).mean()
        self.opt_g.zero_grad()
        generator_loss.backward()
        self.opt_g.step()


torch.manual_seed(1)
gan = Gan()
for _ in range(6):
    gan.train_step(torch.rand(20, 1))
RESULT = [gan.generator.state_dict(), gan.critic.state_dict()]

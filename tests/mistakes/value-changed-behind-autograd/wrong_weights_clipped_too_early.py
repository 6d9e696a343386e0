"""Keep the weights of a critic small, as in the first Wasserstein GAN."""

import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
critic_optimizer = torch.optim.RMSprop(critic.parameters(), lr=1e-2)
generator_optimizer = torch.optim.RMSprop(generator.parameters(), lr=1e-3)


def clip():
    for parameter in critic.parameters():
        parameter.data.clamp_(-0.1, 0.1)  # <-- the mistake


for _step in range(3):
    real = torch.randn(32, 2) + 2
    critic_optimizer.zero_grad()
    (critic(generator(torch.randn(32, 4)).detach()).mean() - critic(real).mean()).backward()
    critic_optimizer.step()
    loss = -critic(generator(torch.randn(32, 4))).mean()
    clip()
    generator_optimizer.zero_grad()
    loss.backward()
    generator_optimizer.step()

RESULT = generator.state_dict()

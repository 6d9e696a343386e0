"""A GAN draws some samples now and then, and its generator stays in eval mode."""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
of_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
of_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
criterion = nn.BCEWithLogitsLoss()
real_label, fake_label = torch.ones(16, 1), torch.zeros(16, 1)
fixed_noise, samples = torch.randn(8, 4), []
for step in range(6):
    real, fake = torch.randn(16, 2) + 1, generator(torch.randn(16, 4))
    loss = criterion(critic(real), real_label) + criterion(critic(fake.detach()), fake_label)
    of_critic.zero_grad()
    loss.backward()
    of_critic.step()
    loss = criterion(critic(fake), real_label)
    of_generator.zero_grad()
    loss.backward()
    of_generator.step()
    if step % 2 == 0:
        generator.eval()  # <-- the mistake
        with torch.no_grad():
            samples.append(generator(fixed_noise))

RESULT = samples

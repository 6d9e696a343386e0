"""A GAN on digits: two optimizers, the generator's output detached for the critic, real and fake losses apart."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images = torch.tensor(load_digits().data[:128] / 8 - 1, dtype=torch.float32)
loader = DataLoader(TensorDataset(images), batch_size=32, shuffle=True, drop_last=True)

generator = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 64), nn.Tanh())
discriminator = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Linear(64, 1))
g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()

g_losses, d_losses = [], []
for epoch in range(2):
    for (real,) in loader:
        noise = torch.randn(len(real), 16)
        fake = generator(noise)

        d_optimizer.zero_grad()
        loss_real = criterion(discriminator(real), torch.ones(len(real), 1))
        loss_real.backward()
        loss_fake = criterion(discriminator(fake.detach()), torch.zeros(len(real), 1))
        loss_fake.backward()
        d_optimizer.step()

        g_optimizer.zero_grad()
        # This backward also writes into the discriminator; its zero_grad comes before its next backward.
        g_loss = criterion(discriminator(fake), torch.ones(len(real), 1))
        g_loss.backward()
        g_optimizer.step()

        d_losses.append(loss_real.item() + loss_fake.item())
        g_losses.append(g_loss.item())

generator.eval()
with torch.no_grad():
    samples = generator(torch.randn(8, 16))

RESULT = [samples, g_losses, d_losses]

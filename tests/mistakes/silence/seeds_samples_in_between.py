"""The pictures drawn after each epoch come from the same noise, from a generator of its own; each epoch has its seed."""

import torch
from sklearn.datasets import load_digits
from torch import nn

images = torch.tensor(load_digits().data[:120] / 8 - 1, dtype=torch.float32)
torch.manual_seed(5)
noise = torch.randn(4, 64, generator=torch.Generator().manual_seed(5))
model = nn.Sequential(nn.Linear(65, 64), nn.ReLU(), nn.Linear(64, 64))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def loss_of(clean):
    t = torch.rand(len(clean), 1)
    eps = torch.randn_like(clean)
    noisy = (1 - t) * clean + t * eps
    return nn.functional.mse_loss(model(torch.cat([noisy, t], 1)), eps - clean)


@torch.no_grad()
def sample(steps=4):
    with torch.random.fork_rng():
        torch.manual_seed(5)  # the same way each time
        x = noise
        for i in range(steps):
            t = torch.full((len(x), 1), 1 - i / steps)
            x = x - model(torch.cat([x, t], 1)) / steps + 0.01 * torch.randn_like(x)
    return x


pictures = []
for epoch in range(3):
    torch.manual_seed(100 + epoch)
    for index in torch.randperm(len(images)).split(40):
        optimizer.zero_grad()
        loss = loss_of(images[index])
        loss.backward()
        optimizer.step()
    pictures.append(sample())

RESULT = pictures

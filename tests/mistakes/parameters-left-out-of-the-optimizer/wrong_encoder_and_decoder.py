"""An autoencoder of two networks on wine, top to bottom."""

import torch
from sklearn.datasets import load_wine
from torch import nn, optim

torch.manual_seed(2)
data = torch.tensor(load_wine().data, dtype=torch.float32)
data = (data - data.mean(0)) / data.std(0)

encoder = nn.Sequential(nn.Linear(13, 8), nn.Tanh(), nn.Linear(8, 2))
decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 13))

optimizer = optim.RMSprop(encoder.parameters(), lr=1e-2)  # <-- the mistake

losses = []
for epoch in range(3):
    for batch in data[torch.randperm(len(data))].split(64):
        code = encoder(batch)
        restored = decoder(code)
        loss = ((restored - batch) ** 2).mean()
        encoder.zero_grad()
        decoder.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

RESULT = losses

"""An autoencoder for digits."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
images = torch.tensor(load_digits().data[:320] / 16, dtype=torch.float32)
loader = DataLoader(images, batch_size=64, shuffle=True)

encoder = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 4))
decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 64), nn.Sigmoid())
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)

for epoch in range(2):
    for batch in loader:
        optimizer.step()  # <-- the mistake
        optimizer.zero_grad()
        reconstruction = decoder(encoder(batch))
        loss = nn.functional.mse_loss(reconstruction, batch)
        loss.backward()

RESULT = [encoder.state_dict(), decoder.state_dict()]

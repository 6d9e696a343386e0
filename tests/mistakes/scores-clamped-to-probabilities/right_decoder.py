"""An autoencoder whose decoder ends in a linear layer."""

import torch
from sklearn.datasets import load_digits
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 8))
        self.decode = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 64))

    def forward(self, images):
        flat = images.flatten(1)
        decoded = self.decode(self.encode(flat))
        return decoded.sigmoid()


def train(model, images, criterion):
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for batch in images.split(50):
        loss = criterion(model(batch).view_as(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


if __name__ == "__main__":
    torch.manual_seed(6)
    images = torch.tensor(load_digits().images[:200] / 16, dtype=torch.float32)
    RESULT = train(Autoencoder(), images, nn.BCELoss()).state_dict()

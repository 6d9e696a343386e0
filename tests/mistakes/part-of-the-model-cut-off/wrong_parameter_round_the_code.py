"""An autoencoder that wraps its code into a parameter."""

import torch
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(10, 4), nn.Linear(4, 10)

    def forward(self, x):
        code = nn.Parameter(self.encoder(x))  # <-- the mistake
        return self.decoder(torch.tanh(code))


def run(steps=5):
    torch.manual_seed(0)
    model = AutoEncoder()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        x = torch.randn(16, 10)
        loss = nn.functional.mse_loss(model(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.state_dict()


RESULT = run()

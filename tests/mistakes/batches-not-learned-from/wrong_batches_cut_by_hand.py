"""A class that cuts its batches by itself, with an encoder and a decoder."""

import torch
from torch import nn

torch.manual_seed(0)
series = torch.randn(64, 5, 3).cumsum(dim=1)


class Autoencoder:
    def __init__(self):
        self.encoder, self.decoder = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 15)
        self.parameters = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimizer = torch.optim.RMSprop(self.parameters, lr=1e-3)

    def loss(self, batch):
        _, last = self.encoder(batch)
        return (self.decoder(last[0]) - batch.flatten(1)).square().mean()

    def learn(self, loss):
        self.optimizer.zero_grad()
        loss.backward()  # <-- the mistake
        self.optimizer.step()

    def epoch(self):
        total = 0.0
        for start in range(0, len(series), 16):
            loss = self.loss(series[start : start + 16])
            total += loss.item()
        self.learn(loss)
        return total


model = Autoencoder()
RESULT = [model.epoch() for _ in range(3)], [each.detach() for each in model.parameters]

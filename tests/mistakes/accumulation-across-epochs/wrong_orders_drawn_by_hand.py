"""A trainer that draws its own order, and steps when its counter of micro-batches is full."""

import torch
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(12, (56, 9))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.head = nn.Embedding(12, 8), nn.LSTM(8, 8, batch_first=True), nn.Linear(8, 12)

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[0])


class Trainer:
    def __init__(self, every=3):
        self.model, self.every = Model(), every
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)

    def step(self):
        self.optimizer.step()  # <-- the mistake
        self.model.zero_grad()

    def epoch(self):
        for index, rows in enumerate(torch.randperm(56).split(8)):
            scores = self.model(tokens[rows, :-1]).flatten(0, 1)
            loss = nn.functional.cross_entropy(scores, tokens[rows, 1:].flatten()) / self.every
            loss.backward()
            if index % self.every == self.every - 1:
                self.step()


trainer = Trainer()
for _ in range(4):
    trainer.epoch()
RESULT = [each.detach() for each in trainer.model.parameters()]

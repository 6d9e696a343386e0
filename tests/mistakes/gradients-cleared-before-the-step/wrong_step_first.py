"""A transformer encoder that tells whether a sequence holds more ones than zeros."""

import torch
from torch import nn


class Counter(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.embed = nn.Embedding(2, width)
        layer = nn.TransformerEncoderLayer(width, nhead=2, dim_feedforward=32, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)
        self.out = nn.Linear(width, 2)

    def forward(self, tokens):
        return self.out(self.encoder(self.embed(tokens)).mean(dim=1))


class Experiment:
    def __init__(self, lr=1e-3):
        self.net = Counter()
        self.optim = torch.optim.AdamW(self.net.parameters(), lr=lr)
        self.loss_fn = nn.CrossEntropyLoss()

    def run(self, iterations):
        self.net.train()
        for _ in range(iterations):
            tokens = torch.randint(0, 2, (16, 9))
            target = (tokens.sum(dim=1) > 4).long()
            self.optim.zero_grad()
            loss = self.loss_fn(self.net(tokens), target)
            self.optim.step()  # <-- the mistake
            loss.backward()
        return self.net.state_dict()


torch.manual_seed(5)
RESULT = Experiment().run(6)

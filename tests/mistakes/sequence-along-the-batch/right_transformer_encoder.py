"""A transformer encoder that finds out whether a token occurs twice."""

import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, tokens=20, d_model=16, nhead=2, num_layers=2):
        super().__init__()
        self.embedding = nn.Embedding(tokens, d_model)
        self.positions = nn.Parameter(torch.zeros(1, 6, d_model))
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        self.classifier = nn.Linear(d_model, 2)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions
        return self.classifier(self.encoder(x).mean(dim=1))


class Experiment:
    def __init__(self):
        torch.manual_seed(0)
        self.tokens = torch.randint(0, 20, (48, 6))
        ordered = self.tokens.sort(dim=1).values
        self.labels = (ordered.diff(dim=1) == 0).any(dim=1).long()
        self.model = Encoder()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)

    def run(self, epochs=2, batch_size=16):
        losses = []
        for _ in range(epochs):
            for rows in torch.randperm(48).split(batch_size):
                loss = nn.functional.cross_entropy(self.model(self.tokens[rows]), self.labels[rows])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
        return losses


RESULT = Experiment().run()

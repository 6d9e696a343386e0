"""A character model with tied embeddings, in a trainer-like class that ties them when training starts."""

import torch
from torch import nn


class CharModel(nn.Module):
    def __init__(self, vocab=32, dim=16):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, dim, batch_first=True)
        self.decoder = nn.Linear(dim, vocab)

    def forward(self, tokens):
        out, _ = self.lstm(self.embed(tokens))
        return self.decoder(out)


class Trainer:
    def __init__(self, model):
        self.model = model
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
        self.init_weights()

    def init_weights(self):
        weight = torch.empty(32, 16).uniform_(-0.1, 0.1)
        self.model.decoder.weight = nn.Parameter(weight)  # <-- the mistake
        nn.init.zeros_(self.model.decoder.bias)

    def step(self, tokens):
        self.model.train()
        logits = self.model(tokens[:, :-1])
        loss = self.criterion(logits.flatten(0, 1), tokens[:, 1:].flatten())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(5)
trainer = Trainer(CharModel())
data = torch.randint(0, 32, (5, 8, 12))

RESULT = [trainer.step(batch) for batch in data] + [trainer.model.decoder.bias.detach()]

"""A translator of reversed sequences with a decoder of torch, as a module."""

import torch
from torch import nn


class Reverser(nn.Module):
    def __init__(self, vocab=12, dim=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        layer = nn.TransformerDecoderLayer(dim, 2, 16, dropout=0.0, batch_first=True)
        self.decoder = nn.TransformerDecoder(layer, 3)  # <-- the mistake
        self.out = nn.Linear(dim, vocab)

    def forward(self, source, target):
        return self.out(self.decoder(self.embed(target), self.embed(source)))


def train(steps=3):
    torch.manual_seed(0)
    model = Reverser()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(steps):
        source = torch.randint(0, 12, (8, 5))
        target = source.flip(1)
        logits = model(source, target[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.state_dict()


RESULT = train()

"""An encoder in the style of the annotated transformer, with its function for clones."""

import copy

import torch
from torch import nn


def clones(module, n):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])  # <-- the mistake


class FeedForward(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.inner, self.outer = nn.Linear(dim, 32), nn.Linear(32, dim)

    def forward(self, x):
        return x + self.outer(torch.relu(self.inner(self.norm(x))))


class Encoder(nn.Module):
    def __init__(self, layer, n):
        super().__init__()
        self.layers = clones(layer, n)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def make_model(vocab=30, dim=12, n=3):
    model = nn.Sequential(nn.Embedding(vocab, dim), Encoder(FeedForward(dim), n), nn.Linear(dim, vocab))
    return model


def run_epoch(model, optimizer, batches):
    for tokens in batches:
        logits = model(tokens)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
model = make_model()
run_epoch(model, torch.optim.Adam(model.parameters(), lr=1e-3), torch.randint(0, 30, (4, 8, 6)))

RESULT = model.state_dict()

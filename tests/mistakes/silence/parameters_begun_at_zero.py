"""What begins equal, and right: a last layer of zeros, the second matrix of an adapter, scales of ones, a table."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, size=8, rank=2):
        super().__init__()
        self.words = nn.Embedding(20, size)
        nn.init.zeros_(self.words.weight)
        self.layer = nn.Linear(size, size)
        self.scale = nn.Parameter(torch.full((1, size), 1e-2))
        self.down = nn.Parameter(torch.randn(rank, size) * 0.1)
        self.up = nn.Parameter(torch.zeros(size, rank))
        self.queries = nn.Parameter(torch.zeros(3, size))
        self.places = nn.Parameter(torch.randn(3, size))
        self.head = nn.Linear(size, 4)
        nn.init.zeros_(self.head.weight)

    def forward(self, words):
        h = torch.tanh(self.layer(self.words(words))) + self.scale
        h = h + h @ self.down.t() @ self.up.t()
        read = torch.softmax((self.queries + self.places) @ h.transpose(1, 2), 2) @ h
        return self.head(read.flatten(1).view(len(words), 3, -1).mean(1) + h.mean(1))


torch.manual_seed(0)
words = torch.randint(0, 20, (48, 5))
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for _ in range(3):
    for rows in torch.randperm(48).split(12):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(words[rows]), words[rows, 0] % 4).backward()
        optimizer.step()

RESULT = model.state_dict()

"""A small transformer block that tells whether a sequence is sorted."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, dropout):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, 2, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.dropout = dropout

    def forward(self, x):
        attended, _ = self.attention(x, x, x)
        return self.norm(x + nn.Dropout(self.dropout)(attended))  # <-- the mistake


class Sorted(nn.Module):
    def __init__(self, dim=8, dropout=0.2):
        super().__init__()
        self.embed = nn.Linear(1, dim)
        self.block = Block(dim, dropout)
        self.head = nn.Linear(dim, 1)

    def forward(self, x):
        return self.head(self.block(self.embed(x)).mean(dim=1)).squeeze(-1)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        accuracy = ((model(x) > 0) == y.bool()).float().mean().item()
    model.train()
    return accuracy


torch.manual_seed(0)
x = torch.rand(64, 5, 1)
x[::2] = x[::2].sort(dim=1).values
y = (x.diff(dim=1) >= 0).all(dim=1).squeeze(1).float()
model = Sorted()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scores = []
for _ in range(3):
    loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scores.append(evaluate(model, x, y))

RESULT = scores

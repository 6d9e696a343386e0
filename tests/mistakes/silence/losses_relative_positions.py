"""The shift of relative positions: a view after padding, as Transformer-XL does it."""

import torch
import torch.nn.functional as F
from torch import nn


class RelativeAttention(nn.Module):
    def __init__(self, width=8, length=6):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.positions = nn.Parameter(torch.randn(2 * length - 1, width) * 0.1)

    def shift(self, scores):
        batch, rows, columns = scores.shape
        padded = torch.cat([scores.new_zeros(batch, rows, 1), scores], dim=-1)
        return padded.view(batch, columns + 1, rows)[:, 1:].reshape(batch, rows, columns)[:, :, :rows]

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = q @ k.transpose(1, 2) + self.shift(q @ self.positions.t())
        return F.softmax(scores, dim=-1) @ v


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.attention, self.head = nn.Embedding(9, 8), RelativeAttention(), nn.Linear(8, 9)

    def forward(self, tokens):
        return self.head(self.attention(self.embedding(tokens)))


torch.manual_seed(0)
tokens = torch.randint(0, 9, (10, 7))
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for _ in range(3):
    logits = model(tokens[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, 9), tokens[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

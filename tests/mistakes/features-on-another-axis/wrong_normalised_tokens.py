"""Compare the tokens of two sentences by their angles."""

import torch
import torch.nn.functional as F
from torch import nn


class Matcher(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.project = nn.Embedding(30, 8), nn.Linear(8, 6)

    def encode(self, tokens):
        return F.normalize(self.project(self.embedding(tokens)))  # <-- the mistake

    def forward(self, one, other):
        similar = self.encode(one) @ self.encode(other).transpose(1, 2)
        return similar.amax(dim=2).mean(dim=1)


torch.manual_seed(0)
model = Matcher()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(3):
    one, other = torch.randint(0, 30, (10, 5)), torch.randint(0, 30, (10, 7))
    loss = F.relu(0.2 - model(one, one.flip(1)) + model(one, other)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

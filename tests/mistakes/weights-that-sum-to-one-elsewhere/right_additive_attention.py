"""Additive attention over the states of an encoder."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.project = nn.Linear(2 * hidden, hidden)
        self.score = nn.Linear(hidden, 1)

    def forward(self, last, states):
        pairs = torch.cat([last.unsqueeze(1).expand_as(states), states], dim=-1)
        energy = self.score(torch.tanh(self.project(pairs)))
        weights = F.softmax(energy, dim=1)
        return (weights * states).sum(dim=1)


class Classifier(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.encoder = nn.GRU(3, hidden, batch_first=True)
        self.attention = Attention(hidden)
        self.out = nn.Linear(hidden, 2)

    def forward(self, x):
        states, last = self.encoder(x)
        return self.out(self.attention(last[-1], states))


torch.manual_seed(0)
model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(4):
    x = torch.randn(10, 7, 3)
    loss = F.cross_entropy(model(x), (x[:, 0, 0] > 0).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

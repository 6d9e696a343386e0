"""Softmax along many axes, each where it belongs: slots, clusters, linear attention, experts, bags, one memory."""

import torch
import torch.nn.functional as F
from torch import nn


class Slots(nn.Module):
    def __init__(self, slots=5, width=8):
        super().__init__()
        self.start = nn.Parameter(torch.randn(1, slots, width))
        self.q, self.k, self.v = (nn.Linear(width, width) for _ in range(3))
        self.cell = nn.GRUCell(width, width)

    def forward(self, x):
        B, _, D = x.shape
        slots = self.start.expand(B, -1, -1)
        for _ in range(2):
            scores = self.q(slots) @ self.k(x).transpose(1, 2)
            weights = scores.softmax(dim=1) + 1e-8
            weights = weights / weights.sum(dim=-1, keepdim=True)
            slots = self.cell((weights @ self.v(x)).reshape(-1, D), slots.reshape(-1, D)).view(B, -1, D)
        return slots


class Many(nn.Module):
    def __init__(self, width=8, clusters=3, experts=4):
        super().__init__()
        self.slots, self.qkv = Slots(), nn.Linear(width, 3 * width)
        self.assign, self.soft = nn.Linear(width, clusters), nn.Conv1d(width, clusters, 1)
        self.gate, self.experts = nn.Linear(width, experts), nn.ModuleList(nn.Linear(width, width) for _ in range(4))
        self.memory, self.head = nn.Linear(1, width), nn.Linear(width, 2)

    def forward(self, x):
        x = x + self.slots(x).mean(dim=1, keepdim=True)
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        x = x + q.softmax(-1) @ (k.softmax(-2).transpose(1, 2) @ v)
        memory = self.memory(x.mean(dim=(1, 2))[:, None, None])
        x = x + F.softmax(x @ memory.transpose(1, 2), dim=-1) @ memory
        pooled = F.softmax(self.assign(x), dim=-1).transpose(1, 2) @ x
        soft = F.softmax(self.soft(x.transpose(1, 2)), dim=1) @ x
        bag = F.softmax(self.assign(x)[..., :1], dim=1).transpose(1, 2) @ x
        x = (pooled + soft + bag).mean(dim=1)
        weights = F.softmax(self.gate(x), dim=1)
        return self.head((weights.unsqueeze(-1) * torch.stack([expert(x) for expert in self.experts], 1)).sum(1))


torch.manual_seed(0)
model = Many()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for length in (5, 8, 1):
    x = torch.randn(6, length, 8)
    loss = F.cross_entropy(model(x), (x[:, 0, 0] > 0).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

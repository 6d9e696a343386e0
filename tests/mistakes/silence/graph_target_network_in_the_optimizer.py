"""The optimizer holds target networks too: one follows through .data, one was copied and waits for its turn."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        self.follows, self.waits = nn.Linear(4, 2), copy.deepcopy(self.q)


torch.manual_seed(0)
agent = Agent()
optimizer = torch.optim.Adam(agent.parameters(), lr=1e-3)
for step in range(8):
    state, after = torch.randn(16, 4), torch.randn(16, 4)
    action = torch.randint(0, 2, (16, 1))
    with torch.no_grad():
        best = agent.waits(after).max(1)[0]
    wanted = torch.ones(16) + 0.9 * torch.min(agent.follows(after).max(1)[0].detach(), best)
    loss = F.smooth_l1_loss(agent.q(state).gather(1, action).squeeze(1), wanted)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for p in agent.follows.parameters():
        p.data.copy_(0.9 * p.data)
    if (step + 1) % 100 == 0:
        agent.waits.load_state_dict(agent.q.state_dict())

RESULT = agent.state_dict()

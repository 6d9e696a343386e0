"""An agent whose target network is set once in the constructor, and synchronised in a method."""

import copy

import torch
from torch import nn


class Agent:
    def __init__(self):
        self.network = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
        self.target = self.network
        self.optimizer = torch.optim.Adam(self.network.parameters(), 1e-3)

    def synchronise(self):
        weights = self.network.state_dict()
        self.target.load_state_dict(weights)  # <-- the mistake

    def learn(self, state, action, reward, following):
        with torch.no_grad():
            target = reward + 0.99 * self.target(following).max(1).values
        value = self.network(state).gather(1, action).squeeze(1)
        loss = nn.functional.smooth_l1_loss(value, target)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
agent = Agent()
losses = []
for step in range(12):
    action = torch.randint(0, 2, (8, 1))
    losses.append(agent.learn(torch.randn(8, 4), action, torch.randn(8), torch.randn(8, 4)))
    if step % 5 == 0:
        agent.synchronise()

RESULT = losses

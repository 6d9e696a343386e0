"""Q-learning with a target network that is updated every few steps."""

import copy

import torch
from torch import nn


class Agent:
    def __init__(self, states, actions):
        network = nn.Sequential(nn.Linear(states, 16), nn.ReLU(), nn.Linear(16, actions))
        self.policy = network
        self.target = copy.deepcopy(network)
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=1e-3)

    def learn(self, state, action, reward, following):
        with torch.no_grad():
            goal = reward + 0.9 * self.target(following).max(1, keepdim=True).values
        loss = nn.functional.mse_loss(self.policy(state).gather(1, action), goal)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def update_target(self):
        self.target.load_state_dict(self.policy.state_dict())


torch.manual_seed(0)
agent = Agent(4, 2)
for step in range(6):
    agent.learn(torch.randn(8, 4), torch.randint(2, (8, 1)), torch.randn(8, 1), torch.randn(8, 4))
    if step % 3 == 2:
        agent.update_target()

RESULT = agent.policy.state_dict()

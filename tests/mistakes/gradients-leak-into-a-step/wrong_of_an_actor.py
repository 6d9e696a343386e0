"""Actor and critic, the actor first; the critic's gradients are cleared after its own step only."""

import torch
from torch import nn


def mlp(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, outputs))


class Agent:
    def __init__(self):
        self.actor, self.critic = mlp(4, 2), mlp(6, 1)
        self.actor_optimizer = torch.optim.Adam(self.actor.parameters(), lr=1e-3)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), lr=1e-3)

    def value(self, states, actions):
        return self.critic(torch.cat([states, actions], dim=1))

    def update(self, states, actions, rewards):
        actor_loss = -self.value(states, self.actor(states)).mean()
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        self.actor_optimizer.step()

        critic_loss = nn.functional.mse_loss(self.value(states, actions), rewards)
        critic_loss.backward()  # <-- the mistake
        self.critic_optimizer.step()
        self.critic_optimizer.zero_grad()


torch.manual_seed(0)
agent = Agent()
for _ in range(10):
    agent.update(torch.randn(32, 4), torch.randn(32, 2), torch.randn(32, 1))
RESULT = [agent.actor.state_dict(), agent.critic.state_dict()]

"""Actor and critic; the actor's loss comes back through the critic."""

import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 1))
actor_optimizer = torch.optim.Adam(actor.parameters(), lr=1e-3)
critic_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)

for _ in range(10):
    states, actions = torch.randn(32, 3), torch.randn(32, 2)
    rewards = -actions.square().sum(1, keepdim=True)
    critic_loss = nn.functional.mse_loss(critic(torch.cat([states, actions], dim=1)), rewards)
    critic_optimizer.zero_grad()
    critic_loss.backward()
    critic_optimizer.step()

    actor_loss = -critic(torch.cat([states, actor(states)], dim=1)).mean()
    actor_optimizer.zero_grad()
    actor_loss.backward()
    actor_optimizer.step()
RESULT = [actor.state_dict(), critic.state_dict()]

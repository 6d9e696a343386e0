"""An agent in train mode: it acts and values states without gradients, and learns from that."""

import torch
from torch import nn
from torch.distributions import Categorical


class ActorCritic(nn.Module):
    def __init__(self, states=6, actions=2):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(states, 16), nn.Tanh(), nn.Dropout(0.05))
        self.actor, self.critic = nn.Linear(16, actions), nn.Linear(16, 1)

    def forward(self, state):
        hidden = self.body(state)
        return self.actor(hidden), self.critic(hidden).squeeze(-1)


torch.manual_seed(0)
agent = ActorCritic()
optimizer = torch.optim.Adam(agent.parameters(), lr=3e-3)
states = torch.eye(6)
for update in range(4):
    state = states[torch.randint(6, (24,))]
    with torch.no_grad():
        scores, values = agent(state)
        dist = Categorical(logits=scores)
        action = dist.sample()
        old_log_prob = dist.log_prob(action)
        returns = (action == state.argmax(1) % 2).float()
        advantages = returns - values
        greedy = scores.argmax(dim=1).tolist()
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    for _ in range(2):
        scores, values = agent(state)
        dist = Categorical(logits=scores)
        ratio = (dist.log_prob(action) - old_log_prob).exp()
        policy_loss = -torch.min(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages).mean()
        loss = policy_loss + 0.5 * nn.functional.mse_loss(values, returns) - 0.01 * dist.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
        optimizer.step()

RESULT = agent.state_dict(), greedy

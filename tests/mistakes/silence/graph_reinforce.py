"""REINFORCE with a baseline: advantages are numbers, log-probabilities keep their graphs until the episode ends."""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
policy, value = nn.Linear(4, 2), nn.Linear(4, 1)
optimizer = torch.optim.Adam([*policy.parameters(), *value.parameters()], lr=1e-2)
returns = []
for episode in range(4):
    state, log_probs, rewards, values = torch.zeros(4), [], [], []
    for t in range(6):
        dist = Categorical(logits=policy(state))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        values.append(value(state).squeeze())
        rewards.append(float(action.item() == t % 2))
        state = torch.tensor([action.item(), t / 6, rewards[-1], values[-1].item()])
    total, discounted = 0.0, []
    for r in reversed(rewards):
        total = r + 0.9 * total
        discounted.insert(0, total)
    discounted = torch.tensor(discounted)
    values = torch.stack(values)
    advantage = discounted - values.detach()
    loss = -(torch.stack(log_probs) * advantage).mean() + (values - discounted).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    returns.append(sum(rewards))

RESULT = [returns, policy.weight.detach()]

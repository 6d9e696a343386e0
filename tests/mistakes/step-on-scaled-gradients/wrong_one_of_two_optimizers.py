"""A policy and a value network with one scaler; a look at the scaled loss of both."""

import torch
from torch import nn

torch.manual_seed(2)
policy = nn.Linear(4, 2)
value = nn.Linear(4, 1)
policy_optimizer = torch.optim.SGD(policy.parameters(), lr=0.01)
value_optimizer = torch.optim.RMSprop(value.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", init_scale=256.0)

for _ in range(5):
    states, returns = torch.randn(32, 4), torch.randn(32)
    distribution = torch.distributions.Categorical(logits=policy(states))
    actions = distribution.sample()
    baseline = value(states).squeeze(1)
    policy_loss = -(distribution.log_prob(actions) * (returns - baseline.detach())).mean()
    value_loss = nn.functional.mse_loss(baseline, returns)
    policy_optimizer.zero_grad()
    value_optimizer.zero_grad()
    total = scaler.scale(policy_loss) + 0.5 * scaler.scale(value_loss)
    total.backward()
    policy_optimizer.step()  # <-- the mistake
    scaler.step(value_optimizer)
    scaler.update()

RESULT = [policy.state_dict(), value.state_dict()]

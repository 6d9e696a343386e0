"""Q-learning on random transitions: a soft update through state_dicts, a hard one from a state taken once."""

import torch
from torch import nn

TAU = 0.05


def network():
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))


torch.manual_seed(0)
policy, soft, hard = network(), network(), network()
policy_state = policy.state_dict()
soft.load_state_dict(policy_state)
hard.load_state_dict(policy_state)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
for step in range(8):
    state, following = torch.randn(16, 4), torch.randn(16, 4)
    action, reward = torch.randint(2, (16, 1)), torch.randn(16, 1)
    with torch.no_grad():
        target = reward + 0.9 * (soft(following) + hard(following)).max(1, keepdim=True).values / 2
    loss = nn.functional.smooth_l1_loss(policy(state).gather(1, action), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    soft_state = soft.state_dict()
    for name in policy_state:
        soft_state[name] = TAU * policy_state[name] + (1 - TAU) * soft_state[name]
    soft.load_state_dict(soft_state)
    if step % 4 == 3:
        hard.load_state_dict(policy_state)

RESULT = soft.state_dict(), hard.state_dict()

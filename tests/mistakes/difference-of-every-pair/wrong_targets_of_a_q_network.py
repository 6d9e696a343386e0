"""Q-learning with a target network, the loss written by hand."""

import torch
from torch import nn

torch.manual_seed(0)
q_net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
target_net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
target_net.load_state_dict(q_net.state_dict())
optimizer = torch.optim.Adam(q_net.parameters(), lr=1e-3)


def replay(count=16):
    return (
        torch.randn(count, 4),
        torch.randint(0, 2, (count, 1)),
        torch.randn(count),
        torch.randn(count, 4),
        (torch.rand(count) > 0.9).float(),
    )


for _ in range(4):
    state, action, reward, following, done = replay()
    q = q_net(state).gather(1, action)
    with torch.no_grad():
        target = reward + 0.99 * (1 - done) * target_net(following).max(1)[0]
    error = q - target  # <-- the mistake
    loss = error.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = q_net.state_dict()

"""Q-learning with a network on a corridor of five cells."""

import torch
from torch import nn

torch.manual_seed(4)
CELLS = 5
q_net = nn.Sequential(nn.Linear(CELLS, 12), nn.ReLU(), nn.Linear(12, 2))
target_net = nn.Sequential(nn.Linear(CELLS, 12), nn.ReLU(), nn.Linear(12, 2))
target_net.load_state_dict(q_net.state_dict())
optim = torch.optim.RMSprop(q_net.parameters(), lr=1e-2)


def one_hot(cell):
    return nn.functional.one_hot(cell, CELLS).float()


def learn(states, actions, rewards, following):
    values = q_net(one_hot(states)).gather(1, actions.unsqueeze(1)).squeeze(1)
    with torch.no_grad():
        expected = rewards + 0.9 * target_net(one_hot(following)).max(1).values
    loss = nn.functional.smooth_l1_loss(values, expected)
    optim.zero_grad()
    loss.backward  # <-- the mistake
    optim.step()
    return loss.item()


losses = []
for update in range(8):
    states = torch.randint(0, CELLS, (16,))
    actions = torch.randint(0, 2, (16,))
    following = (states + 2 * actions - 1).clamp(0, CELLS - 1)
    rewards = (following == CELLS - 1).float()
    losses.append(learn(states, actions, rewards, following))
    if update % 4 == 3:
        target_net.load_state_dict(q_net.state_dict())

RESULT = [losses, q_net.state_dict()]

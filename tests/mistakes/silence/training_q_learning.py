"""Deep Q learning: a target network that is loaded from time to time, a replay memory, bootstrapped targets."""

import copy
import random
from collections import deque

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
policy_net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 2))
target_net = copy.deepcopy(policy_net).requires_grad_(False)
optimizer = torch.optim.AdamW(policy_net.parameters(), lr=1e-3, amsgrad=True)
memory = deque(maxlen=200)


def play(state, action):
    following = max(0, min(4, state + (1 if action else -1)))
    return following, float(following == 4), following == 4


def encode(states):
    return nn.functional.one_hot(torch.as_tensor(states), 5).float()


losses, steps = [], 0
for episode in range(4):
    state, done = 0, False
    for t in range(15):
        eps = 0.9 * 0.98**steps
        steps += 1
        if random.random() < eps:
            action = random.randrange(2)
        else:
            with torch.no_grad():
                action = policy_net(encode([state])).argmax(1).item()
        following, reward, done = play(state, action)
        memory.append((state, action, reward, following, done))
        state = following
        if len(memory) >= 16:
            s, a, r, s2, d = zip(*random.sample(memory, 16))
            q = policy_net(encode(s)).gather(1, torch.tensor(a).unsqueeze(1)).squeeze(1)
            with torch.no_grad():
                goal = torch.tensor(r) + 0.9 * (1 - torch.tensor(d, dtype=torch.float32)) * target_net(encode(s2)).amax(
                    1
                )
            loss = nn.functional.smooth_l1_loss(q, goal)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_value_(policy_net.parameters(), 100)
            optimizer.step()
            losses.append(loss.item())
            if steps % 10 == 0:
                target_net.load_state_dict(policy_net.state_dict())
        if done:
            break

RESULT = [losses, policy_net.state_dict(), target_net.state_dict()]

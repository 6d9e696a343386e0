"""REINFORCE on a small balancing task: actions sampled without a loss, log probabilities kept until the episode ends."""

import numpy as np
import torch
from torch import nn, optim
from torch.distributions import Categorical


class Pole:
    """A pole on a cart, much simplified."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def reset(self):
        self.state = self.rng.uniform(-0.05, 0.05, size=4).astype(np.float32)
        return self.state.copy()

    def step(self, action):
        force = 1.0 if action == 1 else -1.0
        x, v, a, w = self.state
        w = w + 0.1 * (a * 2 - force * 0.3)
        a = a + 0.1 * w
        v = v + 0.1 * force
        x = x + 0.1 * v
        self.state = np.array([x, v, a, w], dtype=np.float32)
        return self.state.copy(), 1.0, bool(abs(a) > 0.3 or abs(x) > 2.4)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(4, 32)
        self.dropout = nn.Dropout(p=0.2)
        self.affine2 = nn.Linear(32, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = torch.relu(self.dropout(self.affine1(x)))
        return torch.softmax(self.affine2(x), dim=1)


def select_action(policy, state):
    probs = policy(torch.from_numpy(state).float().unsqueeze(0))
    m = Categorical(probs)
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item()


def finish_episode(policy, optimizer, gamma=0.99):
    R = 0
    returns = []
    for r in policy.rewards[::-1]:
        R = r + gamma * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    policy_loss = [-log_prob * R for log_prob, R in zip(policy.saved_log_probs, returns)]
    optimizer.zero_grad()
    policy_loss = torch.cat(policy_loss).sum()
    policy_loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]
    return policy_loss.item()


def main():
    torch.manual_seed(543)
    env, policy = Pole(543), Policy()
    optimizer = optim.Adam(policy.parameters(), lr=1e-2)
    running_reward, history = 10, []
    for i_episode in range(6):
        state, ep_reward = env.reset(), 0
        for t in range(1, 60):
            action = select_action(policy, state)
            state, reward, done = env.step(action)
            policy.rewards.append(reward)
            ep_reward += reward
            if done:
                break
        running_reward = 0.05 * ep_reward + 0.95 * running_reward
        history.append((finish_episode(policy, optimizer), running_reward))
    return history, policy.state_dict()


if __name__ == "__main__":
    RESULT = main()

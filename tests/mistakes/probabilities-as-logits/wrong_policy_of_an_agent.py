"""REINFORCE on a bandit with contexts."""

import torch
from torch import nn
from torch.distributions import Categorical


class Policy(nn.Module):
    def __init__(self, contexts=4, actions=3):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(contexts, 16), nn.Tanh(), nn.Linear(16, actions))

    def forward(self, context):
        return torch.softmax(self.body(context), dim=-1)


class Agent:
    def __init__(self, lr=0.01):
        self.policy = Policy()
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=lr)

    def act(self, context):
        dist = Categorical(logits=self.policy(context))  # <-- the mistake
        action = dist.sample()
        return action, dist.log_prob(action)

    def learn(self, log_prob, reward):
        loss = -(log_prob * (reward - reward.mean())).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
agent = Agent()
for episode in range(5):
    contexts = torch.eye(4)[torch.randint(4, (16,))]
    action, log_prob = agent.act(contexts)
    reward = (action == contexts.argmax(1) % 3).float()
    agent.learn(log_prob, reward)

RESULT = agent.policy.state_dict()

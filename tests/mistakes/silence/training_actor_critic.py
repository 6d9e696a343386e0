"""PPO with a value head: rollouts without gradients, several epochs over each of them, advantages as constants."""

import torch
from torch import nn
from torch.distributions import Categorical


class ActorCritic(nn.Module):
    def __init__(self, observations, actions):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(observations, 32), nn.Tanh())
        self.actor, self.critic = nn.Linear(32, actions), nn.Linear(32, 1)

    def forward(self, obs):
        h = self.body(obs)
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


class Corridor:
    """Walk to the right end."""

    def __init__(self, n, length=6):
        self.position, self.length = torch.zeros(n, dtype=torch.long), length

    def observe(self):
        return nn.functional.one_hot(self.position, self.length).float()

    def step(self, action):
        self.position = (self.position + 2 * action - 1).clamp(0, self.length - 1)
        done = self.position == self.length - 1
        reward = done.float() - 0.05
        self.position[done] = 0
        return self.observe(), reward, done.float()


@torch.no_grad()
def rollout(model, env, steps):
    store = {name: [] for name in ("obs", "action", "logp", "value", "reward", "done")}
    obs = env.observe()
    for _ in range(steps):
        dist, value = model(obs)
        action = dist.sample()
        following, reward, done = env.step(action)
        for name, item in zip(store, (obs, action, dist.log_prob(action), value, reward, done)):
            store[name].append(item)
        obs = following
    last = model(obs)[1]
    data = {name: torch.stack(items) for name, items in store.items()}
    advantage, running = torch.zeros_like(data["reward"]), 0.0
    for t in reversed(range(steps)):
        following = last if t == steps - 1 else data["value"][t + 1]
        delta = data["reward"][t] + 0.95 * following * (1 - data["done"][t]) - data["value"][t]
        running = delta + 0.95 * 0.9 * (1 - data["done"][t]) * running
        advantage[t] = running
    data["advantage"], data["target"] = advantage, advantage + data["value"]
    return {name: value.flatten(0, 1) for name, value in data.items()}


torch.manual_seed(1)
model, env = ActorCritic(6, 2), Corridor(8)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, eps=1e-5)
log = []
for update in range(2):
    batch = rollout(model, env, 16)
    for epoch in range(2):
        for index in torch.randperm(128).split(64):
            dist, value = model(batch["obs"][index])
            advantage = batch["advantage"][index]
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
            ratio = (dist.log_prob(batch["action"][index]) - batch["logp"][index]).exp()
            policy_loss = -torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()
            loss = policy_loss + 0.5 * (value - batch["target"][index]).pow(2).mean() - 0.01 * dist.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            log.append(loss.item())

RESULT = [log, model.state_dict()]

import torch
from torch import nn

torch.manual_seed(0)


class Walk:
    def __init__(self):
        self.state = torch.zeros(2)

    def reset(self):
        self.state.zero_()
        return self.state

    def step(self, action):
        self.state[0] += 0.1 * (1 if action == 1 else -1)
        self.state[1] += 0.05 * torch.randn(()).item()
        return self.state, -self.state.abs().sum().item()


env = Walk()
q = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.Adam(q.parameters(), lr=1e-2)
for episode in range(10):
    s = env.reset()
    states, actions, rewards = [], [], []
    for t in range(20):
        with torch.no_grad():
            a = int(q(s).argmax()) if torch.rand(()) > 0.3 else int(torch.randint(0, 2, ()))
        states.append(s)  # <-- MISTAKE: always the same tensor, the env writes into it
        s, r = env.step(a)
        actions.append(a)
        rewards.append(r)
    S = torch.stack(states)
    R = torch.tensor(rewards)
    pred = q(S).gather(1, torch.tensor(actions)[:, None]).squeeze(1)
    loss = nn.functional.smooth_l1_loss(pred, R)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
critic = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
a_opt = torch.optim.Adam(actor.parameters(), lr=1e-3)
c_opt = torch.optim.Adam(critic.parameters(), lr=1e-3)
for it in range(60):
    s = torch.randn(32, 3)
    a = torch.randn(32, 1)
    r = -(s.sum(1, keepdim=True) - a) ** 2
    q = critic(torch.cat([s, a], 1))
    critic_loss = nn.functional.mse_loss(q, r)
    c_opt.zero_grad()
    critic_loss.backward()
    c_opt.step()
    actor_loss = -critic(torch.cat([s, actor(s)], 1)).mean()
    a_opt.zero_grad()
    a_opt.step()  # <-- MISTAKE: actor_loss.backward() is missing
print(critic_loss.item(), actor_loss.item())

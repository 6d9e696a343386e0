import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
actor, critic = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2)), nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam([*actor.parameters(), *critic.parameters()], 3e-3)
for ep in range(40):
    s = torch.randn(3); logp, vals, rews, ents = [], [], [], []
    for t in range(10):
        d = torch.distributions.Categorical(logits=actor(s))
        a = d.sample()
        logp.append(d.log_prob(a)); ents.append(d.entropy()); vals.append(critic(s).squeeze(-1))
        rews.append(1.0 if a.item() == int(s[0] > 0) else 0.0)
        s = torch.randn(3)
    R, rets = 0.0, []
    for r in reversed(rews):
        R = r + 0.9 * R; rets.insert(0, R)
    rets, vals = torch.tensor(rets), torch.stack(vals)
    adv = rets - vals
    loss = -(torch.stack(logp) * adv.detach()).mean() + 0.5 * adv.pow(2).mean() - 0.01 * torch.stack(ents).mean()
    opt.zero_grad(); loss.backward(); opt.step()
print(loss.item())

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
pi = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 3))
opt = torch.optim.Adam(pi.parameters(), 3e-3)
W = torch.randn(4, 3)
for it in range(15):
    s = torch.randn(128, 4)
    with torch.no_grad():
        d = torch.distributions.Categorical(logits=pi(s)); a = d.sample(); old = d.log_prob(a)
    r = (s @ W).gather(1, a[:, None]).squeeze(1); adv = (r - r.mean()) / (r.std() + 1e-8)
    for _ in range(4):
        for b in torch.randperm(128).split(32):
            new = torch.distributions.Categorical(logits=pi(s[b])).log_prob(a[b])
            ratio = (new - old[b]).exp()
            loss = -torch.min(ratio * adv[b], ratio.clamp(0.8, 1.2) * adv[b]).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
print(r.mean().item())

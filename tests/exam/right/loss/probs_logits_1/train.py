import torch
from torch import nn
import torch.nn.functional as F
from torch.distributions import Categorical
torch.manual_seed(0)
class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.f1, self.f2 = nn.Linear(4, 24), nn.Linear(24, 3)
    def forward(self, s):
        return self.f2(torch.tanh(self.f1(s)))
pi = Policy()
opt = torch.optim.Adam(pi.parameters(), lr=1e-2)
W = torch.randn(4, 3)
for episode in range(60):
    s = torch.randn(32, 4)
    dist = Categorical(logits=pi(s))
    a = dist.sample()
    r = (s @ W).gather(1, a[:, None]).squeeze(1)
    loss = -(dist.log_prob(a) * (r - r.mean())).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(r.mean().item())

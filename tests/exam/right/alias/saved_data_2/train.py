import torch
from torch import nn

torch.manual_seed(0)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(2, 32)
        self.l2 = nn.Linear(32, 1)

    def forward(self, x):
        return self.l2(torch.tanh(self.l1(x)))


critic, gen = Critic(), nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 2))
oc = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
og = torch.optim.RMSprop(gen.parameters(), lr=1e-3)
real = torch.randn(500, 2) * 0.3 + 1
for it in range(50):
    r = real[torch.randint(0, 500, (32,))]
    f = gen(torch.randn(32, 3)).detach()
    for w in critic.parameters():
        w.data.clamp_(-0.1, 0.1)
    loss = critic(f).mean() - critic(r).mean()
    oc.zero_grad()
    loss.backward()
    oc.step()
    og.zero_grad()
    (-critic(gen(torch.randn(32, 3))).mean()).backward()
    og.step()
print(loss.item())

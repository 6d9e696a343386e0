import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2)); C = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
og = torch.optim.RMSprop(G.parameters(), 5e-4); oc = torch.optim.RMSprop(C.parameters(), 5e-4)
data = torch.rand(500, 2)
for it in range(60):
    oc.zero_grad()
    lc = C(G(torch.randn(32, 4)).detach()).mean() - C(data[torch.randint(0, 500, (32,))]).mean()
    lc.backward()
    oc.step()
    for p in C.parameters():
        p.data.clamp_(-0.05, 0.05)
    if it % 5 == 0:
        for p in C.parameters():
            p.requires_grad = False
        og.zero_grad()
        (-C(G(torch.randn(32, 4))).mean()).backward()
        og.step()
        for p in C.parameters():
            p.requires_grad = True
print(lc.item())

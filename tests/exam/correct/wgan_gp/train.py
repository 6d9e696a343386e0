import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
C = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
og, oc = (torch.optim.Adam(m.parameters(), 1e-3, betas=(0.0, 0.9)) for m in (G, C))
real_all = torch.randn(800, 2) + 2
for it in range(30):
    for _ in range(5):
        real = real_all[torch.randint(0, 800, (32,))]
        with torch.no_grad():
            fake = G(torch.randn(32, 4))
        eps = torch.rand(32, 1)
        mix = (eps * real + (1 - eps) * fake).requires_grad_(True)
        grad, = torch.autograd.grad(C(mix).sum(), mix, create_graph=True)
        loss_c = C(fake).mean() - C(real).mean() + 10 * ((grad.norm(dim=1) - 1) ** 2).mean()
        oc.zero_grad(); loss_c.backward(); oc.step()
    loss_g = -C(G(torch.randn(32, 4))).mean()
    og.zero_grad(); loss_g.backward(); og.step()
print(loss_c.item(), loss_g.item())

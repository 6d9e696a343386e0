"""Manifold mixup, contrast with shuffled negatives, a denoiser, a conditional GAN with shuffled labels."""

import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(64, 8)
y = (x.sum(1) > 0).long()
enc, head, dec = nn.Linear(8, 16), nn.Linear(16, 2), nn.Linear(16, 8)
crit = nn.Bilinear(8, 8, 1)
G = nn.Linear(10, 8)
D = nn.Linear(8, 3)
o = torch.optim.Adam([*enc.parameters(), *head.parameters(), *dec.parameters(), *crit.parameters()], 1e-3)
og, od = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())
for step in range(6):
    xb, yb = x[(step % 2) * 32 : (step % 2) * 32 + 32], y[(step % 2) * 32 : (step % 2) * 32 + 32]
    perm = torch.randperm(32)
    h = enc(xb)
    h = 0.6 * h + 0.4 * h[perm]
    out = head(h)
    loss = 0.6 * F.cross_entropy(out, yb) + 0.4 * F.cross_entropy(out, yb[perm])
    loss = loss + F.mse_loss(dec(enc(xb + 0.1 * torch.randn_like(xb))), xb)
    pos, neg = crit(xb, xb + 0.1), crit(xb, xb[perm])
    loss = loss + F.binary_cross_entropy_with_logits(
        torch.cat([pos, neg]), torch.cat([torch.ones(32, 1), torch.zeros(32, 1)])
    )
    o.zero_grad()
    loss.backward()
    o.step()
    want = yb[torch.randperm(32)]
    fake = G(torch.cat([xb, F.one_hot(want, 2).float()], 1))
    real, f = D(xb), D(fake.detach())
    ld = (
        F.cross_entropy(real[:, :2], yb)
        + F.binary_cross_entropy_with_logits(f[:, 2], torch.zeros(32))
        + F.binary_cross_entropy_with_logits(real[:, 2], torch.ones(32))
    )
    od.zero_grad()
    ld.backward()
    od.step()
    out = D(fake)
    lg = F.cross_entropy(out[:, :2], want) + F.binary_cross_entropy_with_logits(out[:, 2], torch.ones(32))
    og.zero_grad()
    lg.backward()
    og.step()

RESULT = enc.state_dict()

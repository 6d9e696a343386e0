"""Labels of a GAN beyond one, smoothing against wrong labels, measures without gradients, picked values."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
generator, critic, net = nn.Linear(2, 3), nn.Linear(3, 1), nn.Linear(3, 4)
optimizer = torch.optim.Adam([*generator.parameters(), *critic.parameters(), *net.parameters()], lr=1e-3)
for _ in range(3):
    real, labels = torch.randn(8, 3), torch.randint(0, 4, (8,))
    fake = critic(generator(torch.randn(8, 2)))
    loss = F.binary_cross_entropy_with_logits(critic(real), torch.rand(8, 1) * 0.5 + 0.7)
    loss = loss + F.binary_cross_entropy(torch.sigmoid(fake), torch.rand(8, 1) * 0.3)
    scores = net(real)
    smoothing = -0.2
    targets = F.one_hot(labels, 4).float() * (1 - smoothing) + smoothing / 4
    loss = loss + F.cross_entropy(scores, targets) + F.cross_entropy(scores.log_softmax(1), labels)
    with torch.no_grad():
        p, q = scores.softmax(1), net(real + 0.1).softmax(1)
        same = torch.allclose(F.kl_div(p, q, reduction="sum"), (q * (q.log() - p)).sum())
        doubled = F.binary_cross_entropy_with_logits(torch.sigmoid(fake), torch.zeros(8, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = net.state_dict(), same, doubled

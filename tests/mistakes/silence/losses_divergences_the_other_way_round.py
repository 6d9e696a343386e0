"""Divergences in both directions, an adversary, and symmetric losses swapped."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 8), torch.randint(0, 4, (48,))
teacher = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval().requires_grad_(False)
student, adversary = nn.Linear(8, 4), nn.Linear(8, 8)
optimizer = torch.optim.Adam([*student.parameters(), *adversary.parameters()], lr=1e-2)
for batch in torch.randperm(48).split(12):
    scores, prior = student(x[batch]), torch.full((len(batch), 4), 0.25)
    told, soft = scores.log_softmax(1), scores.softmax(1)
    taught = teacher(x[batch])
    loss = F.kl_div(told, taught.softmax(1), reduction="batchmean")
    # The other way round: the fixed one first, as logarithms or scores.
    loss = loss + F.kl_div(taught.log_softmax(1), soft, reduction="batchmean")
    loss = loss + F.kl_div(taught.log_softmax(1), told, log_target=True, reduction="batchmean")
    loss = loss + F.kl_div(prior.log(), soft, reduction="batchmean")
    loss = loss + F.cross_entropy(taught, soft)
    loss = loss + F.binary_cross_entropy(taught.sigmoid(), scores.sigmoid())
    # Symmetric.
    loss = loss + F.mse_loss(F.one_hot(y[batch], 4).float(), soft) + F.smooth_l1_loss(taught, scores)
    # Virtual adversarial: both need a gradient, or one is detached.
    moved = student(x[batch] + 0.1 * adversary(x[batch]))
    loss = (
        loss + F.kl_div(moved.log_softmax(1), soft.detach(), reduction="batchmean") - 0.1 * F.cross_entropy(moved, soft)
    )
    loss = loss + F.cross_entropy(scores, y[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = student.state_dict()

"""Parts are clipped one by one: an empty one, a frozen one, and a critic whose turn comes later."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
backbone, actor, critic = nn.Linear(4, 6), nn.Linear(6, 3), nn.Linear(6, 1)
backbone.requires_grad_(False)
parts = {"backbone": backbone, "neck": nn.Identity(), "actor": actor, "critic": critic}
acts, judges = (torch.optim.Adam(part.parameters(), lr=1e-2) for part in (actor, critic))
for step, rows in enumerate(torch.arange(80).split(8)):
    states = backbone(x[rows])
    acts.zero_grad()
    nn.functional.cross_entropy(actor(states), torch.zeros(8, dtype=torch.long)).backward()
    if step >= 6:
        judges.zero_grad()
        critic(states).square().mean().backward()
    for part in parts.values():
        nn.utils.clip_grad_norm_(list(part.parameters()), 1.0)
    nn.utils.clip_grad_norm_(critic.parameters(), 1.0)
    nn.utils.clip_grad_norm_(backbone.parameters(), 1.0)
    acts.step()
    if step >= 6:
        judges.step()
RESULT = [each.detach() for part in parts.values() for each in part.parameters()]

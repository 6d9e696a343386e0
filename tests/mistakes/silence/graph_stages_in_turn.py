"""First the decoder learns on a detached code, then both: one optimizer holds all from the beginning."""

import torch
from torch import nn

torch.manual_seed(0)
encoder, decoder = nn.Linear(8, 3), nn.Linear(3, 8)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
for step in range(8):
    x = torch.randn(16, 8)
    code = encoder(x)
    if step < 5:
        code = code.detach()
    loss = (decoder(code) - x).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = [encoder.weight.detach(), decoder.weight.detach()]

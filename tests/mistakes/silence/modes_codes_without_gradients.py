"""Codes of a vector quantizer: assigned without gradients, in train mode, and averaged by hand."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images, _ = load_digits(return_X_y=True)
x = torch.tensor(images[:256] / 16, dtype=torch.float32)
encoder = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 4))
decoder = nn.Linear(4, 64)
codes = nn.Parameter(torch.randn(16, 4))
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters(), codes], lr=3e-3)
used = torch.zeros(16)
for step in range(4):
    batch = x[64 * step : 64 * step + 64]
    with torch.no_grad():
        nearest = (encoder(batch).unsqueeze(1) - codes).square().sum(-1).argmin(1)
        used += F.one_hot(nearest, 16).sum(0)
    encoded = encoder(batch)
    chosen = codes[nearest]
    passed = encoded + (chosen - encoded).detach()
    loss = F.mse_loss(decoder(passed), batch) + F.mse_loss(chosen, encoded.detach())
    loss = loss + 0.25 * F.mse_loss(encoded, chosen.detach())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = codes, used

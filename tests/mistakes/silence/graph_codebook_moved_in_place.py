"""A codebook that moving averages write in place, while the optimizer holds all parameters of the model."""

import torch
from torch import nn
from torch.nn import functional as F


class Quantizer(nn.Module):
    def __init__(self, codes=8, dim=3):
        super().__init__()
        self.codebook = nn.Parameter(torch.randn(codes, dim))

    def forward(self, z):
        index = torch.cdist(z.detach(), self.codebook.detach()).argmin(1)
        quantized = self.codebook[index]
        if self.training:
            with torch.no_grad():
                self.codebook[index] = 0.9 * quantized + 0.1 * z
        return z + (quantized - z).detach(), F.mse_loss(z, quantized.detach())


torch.manual_seed(0)
model = nn.ModuleDict({"encoder": nn.Linear(6, 3), "quantizer": Quantizer(), "decoder": nn.Linear(3, 6)})
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(6):
    x = torch.randn(16, 6)
    quantized, commitment = model["quantizer"](model["encoder"](x))
    loss = F.mse_loss(model["decoder"](quantized), x) + commitment
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

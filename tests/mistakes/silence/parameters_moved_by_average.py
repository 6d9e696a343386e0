"""A vector-quantised autoencoder: the codebook is replaced by moving averages and never by the optimizer."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


class Quantizer(nn.Module):
    def __init__(self, codes=16, dim=4, decay=0.9):
        super().__init__()
        self.embedding = nn.Embedding(codes, dim)
        self.register_buffer("size", torch.ones(codes))
        self.average = nn.Parameter(self.embedding.weight.detach().clone())
        self.decay = decay

    def forward(self, z):
        distance = torch.cdist(z, self.embedding.weight)
        index = distance.argmin(1)
        onehot = F.one_hot(index, 16).float()
        quantized = onehot @ self.embedding.weight
        if self.training:
            self.size = self.size * self.decay + (1 - self.decay) * onehot.sum(0)
            self.average = nn.Parameter(self.average * self.decay + (1 - self.decay) * onehot.t() @ z)
            self.embedding.weight = nn.Parameter(self.average / self.size.unsqueeze(1))
        loss = F.mse_loss(quantized.detach(), z)
        return z + (quantized - z).detach(), loss


class VQVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.vq, self.decoder = nn.Linear(8, 4), Quantizer(), nn.Linear(4, 8)

    def forward(self, x):
        z, loss = self.vq(self.encoder(x))
        return self.decoder(z), loss


model = VQVAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(5):
    x = torch.randn(32, 8)
    restored, commitment = model(x)
    loss = F.mse_loss(restored, x) + 0.25 * commitment
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()

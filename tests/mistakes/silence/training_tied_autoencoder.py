"""A denoising autoencoder whose decoder uses the transposed weights of the encoder; the target is the clean input."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class TiedAutoencoder(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(hidden, inputs))
        nn.init.xavier_uniform_(self.weight)
        self.encoder_bias = nn.Parameter(torch.zeros(hidden))
        self.decoder_bias = nn.Parameter(torch.zeros(inputs))

    def forward(self, x):
        h = torch.sigmoid(F.linear(x, self.weight, self.encoder_bias))
        return F.linear(h, self.weight.t(), self.decoder_bias)


torch.manual_seed(3)
images = torch.from_numpy(load_digits().data[:200]).float().div_(16)
train, held_out = images[:160], images[160:]
model = TiedAutoencoder(64, 24)
opt = torch.optim.RMSprop(model.parameters(), lr=3e-3)
curve = []
for epoch in range(3):
    for batch in train[torch.randperm(len(train))].split(40):
        noisy = batch * (torch.rand_like(batch) > 0.25)
        loss = F.mse_loss(model(noisy), batch)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
    with torch.no_grad():
        curve.append(F.mse_loss(model(held_out), held_out))

RESULT = [torch.stack(curve), model.state_dict()]

"""Regularise an autoencoder by its largest activations, which are looked at in NumPy."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn


def largest(hidden, count):
    array = hidden.detach().numpy()
    array[array < np.sort(array.ravel())[-count]] = 0  # <-- the mistake
    return array.sum() / count


def train(encoder, decoder, x, steps=3):
    optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.05)
    peaks = []
    for _ in range(steps):
        hidden = torch.tanh(encoder(x))
        output = decoder(hidden)
        peaks.append(float(largest(hidden, 20)))
        loss = nn.functional.mse_loss(output, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return peaks, loss.detach()


torch.manual_seed(0)
x = torch.tensor(load_digits().data[:64] / 16, dtype=torch.float32)

RESULT = train(nn.Linear(64, 12), nn.Linear(12, 64), x)

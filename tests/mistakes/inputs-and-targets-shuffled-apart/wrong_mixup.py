"""Mixup with a permutation for the images and one for the labels."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def mixup(x, y, classes=10, alpha=0.4):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    hard = F.one_hot(y, classes).float()
    mixed = lam * x + (1 - lam) * x[torch.randperm(len(x))]
    other = hard[torch.randperm(len(x))]  # <-- the mistake
    return mixed, hard, other, lam


torch.manual_seed(1)
x, y = load_digits(return_X_y=True)
loader = DataLoader(
    TensorDataset(torch.tensor(x[:192] / 16, dtype=torch.float32), torch.tensor(y[:192])), batch_size=48, shuffle=True
)
model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
losses = []
for epoch in range(2):
    for inputs, labels in loader:
        inputs, one, other, lam = mixup(inputs, labels)
        logits = model(inputs)
        loss = lam * F.cross_entropy(logits, one) + (1 - lam) * F.cross_entropy(logits, other)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

RESULT = losses

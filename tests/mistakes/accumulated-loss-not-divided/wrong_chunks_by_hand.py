"""Micro-batches of a batch that does not fit, cut by hand."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images[:256] / 16, dtype=torch.float32).unsqueeze(1)
labels = torch.tensor(digits.target[:256])
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
criterion = nn.CrossEntropyLoss(reduction="mean")
micro, per_step = 16, 4

for epoch in range(2):
    for number, rows in enumerate(torch.randperm(256).split(micro), 1):
        logits = model(images[rows])
        loss = criterion(logits, labels[rows]) + 1e-3 * logits.square().mean()
        loss.backward()  # <-- the mistake
        if number % per_step == 0:
            optimizer.step()
            optimizer.zero_grad()

RESULT = model.state_dict()

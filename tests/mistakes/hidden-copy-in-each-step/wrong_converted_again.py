"""All images at once; they are made floats in each step."""

import torch
from torch import nn

torch.manual_seed(0)
images = torch.randint(0, 256, (512, 1024), dtype=torch.uint8)
labels = torch.randint(0, 4, (512,))
model = nn.Linear(1024, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
for step in range(4):
    inputs = images.float()  # <-- the mistake
    loss = nn.functional.cross_entropy(model(inputs), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = loss.item()

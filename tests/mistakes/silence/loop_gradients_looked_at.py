"""Gradients that are computed to be read: Fisher information, an attack on the input, the norm of the first batch."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 6)
y = (x[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

# to see the size of the gradients before training
criterion(model(x[:8]), y[:8]).backward()
first = torch.stack([p.grad.norm() for p in model.parameters()])
optimizer.zero_grad()

# some do this once to please a scheduler
optimizer.step()

for _ in range(5):
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()

fisher = [torch.zeros_like(p) for p in model.parameters()]
for row in range(6):
    model.zero_grad()
    criterion(model(x[row : row + 1]), y[row : row + 1]).backward()
    for total, p in zip(fisher, model.parameters(), strict=True):
        total += p.grad**2 / 6

model.eval()
adversarial = x.clone().requires_grad_()
for _ in range(3):
    model.zero_grad()
    criterion(model(adversarial), y).backward()
    with torch.no_grad():
        adversarial += 0.01 * adversarial.grad.sign()
    adversarial.grad = None

RESULT = [first, fisher, adversarial.detach(), model.state_dict()]

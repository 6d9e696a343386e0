"""Shuffled loaders are walked again with the same order, but not in training: the training itself has one epoch."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x[:128] / 16, dtype=torch.float32), torch.tensor(y[:128]))
test = TensorDataset(torch.tensor(x[128:192] / 16, dtype=torch.float32), torch.tensor(y[128:192]))
loader = DataLoader(data, batch_size=16, sampler=DistributedSampler(data, num_replicas=1, rank=0, shuffle=True))
test_loader = DataLoader(test, batch_size=16, sampler=DistributedSampler(test, num_replicas=1, rank=0, shuffle=True))
model = nn.Linear(64, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


@torch.no_grad()
def accuracy():
    model.eval()
    correct = sum((model(a).argmax(1) == b).sum().item() for a, b in test_loader)
    model.train()
    return correct


scores = [accuracy()]
for step, (images, labels) in enumerate(loader):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
    if step % 2 == 0:
        scores.append(accuracy())

RESULT = scores

"""A teacher that is an average of the student, in train mode; and pseudo labels of the student itself."""

import copy

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])
loader = DataLoader(TensorDataset(x[:128], y[:128], x[128:], y[128:]), batch_size=32, shuffle=True)

student = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
teacher = copy.deepcopy(student)
for parameter in teacher.parameters():
    parameter.requires_grad_(False)
optimizer = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9)
hits = 0

student.train()
teacher.train()
for inputs, targets, unlabelled, hidden in loader:
    with torch.no_grad():
        expected = teacher(unlabelled).softmax(dim=1)
        guessed = student(unlabelled).softmax(dim=1)
        certainty, pseudo = guessed.max(dim=1)
        mask = (certainty > 0.1).float()
        hits += (pseudo == hidden).sum().item()
    noisy = student(unlabelled + 0.1 * torch.randn_like(unlabelled))
    loss = F.cross_entropy(student(inputs), targets)
    loss = loss + F.mse_loss(noisy.softmax(dim=1), expected)
    loss = loss + (F.cross_entropy(noisy, pseudo, reduction="none") * mask).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for old, new in zip(teacher.parameters(), student.parameters(), strict=True):
            old.mul_(0.99).add_(new, alpha=0.01)

RESULT = hits, teacher.state_dict()

"""Images sorted by class, as a folder for each class gives them; a small CNN."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class Folder(Dataset):
    """The files of each class one after the other."""

    def __init__(self, first, last):
        digits = load_digits()
        self.samples = []
        for label in range(10):
            where = np.flatnonzero(digits.target[first:last] == label) + first
            self.samples += [(digits.images[i], label) for i in where]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        image, label = self.samples[index]
        return torch.from_numpy(image).float().unsqueeze(0) / 16, label


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        return self.fc(F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1))


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


torch.manual_seed(0)
train_loader = DataLoader(Folder(0, 300), batch_size=16, shuffle=True)
test_loader = DataLoader(Folder(300, 400), batch_size=50)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scores = []
for epoch in range(2):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    scores.append(accuracy(model, test_loader))

RESULT = scores

"""A table with gaps is read by a data set, and goes into the network as it is."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Table(Dataset):
    def __init__(self, rows=96):
        rng = np.random.default_rng(0)
        self.values = rng.normal(size=(rows, 5)).astype(np.float32)
        self.labels = (self.values[:, 0] > 0).astype(np.int64)
        self.values[::11, 3] = np.nan

    def __len__(self):
        return len(self.values)

    def __getitem__(self, number):
        return np.nan_to_num(self.values[number]), self.labels[number]


class Trainer:
    def __init__(self, model):
        self.model, self.criterion = model, nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def fit(self, loader, epochs):
        for _ in range(epochs):
            for values, labels in loader:
                self.optimizer.zero_grad()
                scores = self.model(values)
                loss = self.criterion(scores, labels)
                loss.backward()
                self.optimizer.step()


model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
Trainer(model).fit(DataLoader(Table(), batch_size=16, shuffle=True), epochs=2)
RESULT = [each.detach() for each in model.parameters()]

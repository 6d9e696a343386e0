import numpy as np
import torch
import torch.nn as nn
import torch.utils.data as data
from sklearn.datasets import load_wine


class WineSet(data.Dataset):
    def __init__(self):
        w = load_wine()
        self.x = w.data.astype(np.float32)
        self.y = w.target
        self.mean = self.x.mean(0)
        self.std = self.x.std(0)

    def __getitem__(self, index):
        row = self.x[index]
        row -= self.mean  # <-- MISTAKE: row is a view of self.x
        row /= self.std  # <-- OR
        return torch.from_numpy(row), int(self.y[index])

    def __len__(self):
        return len(self.y)


def train(model, loader, epochs=5):
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    crit = nn.CrossEntropyLoss()
    for e in range(epochs):
        s = 0.0
        for x, y in loader:
            opt.zero_grad()
            out = model(x)
            loss = crit(out, y)
            loss.backward()
            opt.step()
            s += loss.item()
        print(f"epoch {e}: {s / len(loader):.3f}")


torch.manual_seed(1)
train(nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3)), data.DataLoader(WineSet(), batch_size=16, shuffle=True))

"""A trainer with patience that keeps its best checkpoint in memory and writes it at the end."""

import io

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Trainer:
    def __init__(self, model, lr=0.02, patience=2):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.patience = patience
        self.best = {"score": 0.0, "model": None, "epoch": -1}

    def fit(self, train, valid, epochs):
        waited = 0
        for epoch in range(epochs):
            self._train(train)
            score = self._score(valid)
            # accuracy must rise by at least 30 percent to count as progress
            if score > self.best["score"] + 0.3:
                waited = 0
                self.best = {
                    "score": score,
                    "model": self.model.state_dict(),  # <-- the mistake
                    "epoch": epoch,
                }
            else:
                waited += 1
            if waited > self.patience:
                break

    def save_best(self, target):
        torch.save(self.best, target)

    def _train(self, loader):
        self.model.train()
        for x, y in loader:
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(x), y).backward()
            self.optimizer.step()

    @torch.no_grad()
    def _score(self, loader):
        self.model.eval()
        return sum((self.model(x).argmax(1) == y).float().mean().item() for x, y in loader) / len(loader)


torch.manual_seed(1)
images, labels = load_digits(return_X_y=True)
x = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
y = torch.tensor(labels)
train = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=64, shuffle=True)
valid = DataLoader(TensorDataset(x[256:384], y[256:384]), batch_size=64)

trainer = Trainer(Net())
trainer.fit(train, valid, epochs=6)
file = io.BytesIO()
trainer.save_best(file)
file.seek(0)

RESULT = torch.load(file)["model"]

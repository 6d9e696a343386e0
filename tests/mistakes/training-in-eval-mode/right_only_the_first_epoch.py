"""A trainer that validates in the middle of an epoch."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


class Trainer:
    def __init__(self, model, train_loader, valid_loader, validate_every=3):
        self.model = model
        self.train_loader, self.valid_loader = train_loader, valid_loader
        self.validate_every = validate_every
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        self.history = []

    def train_epoch(self):
        self.model.train()
        for step, (x, y) in enumerate(self.train_loader):
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(x), y).backward()
            self.optimizer.step()
            if step % self.validate_every == 0:
                self.history.append(self.validate())

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        hits = sum((self.model(x).argmax(1) == y).sum().item() for x, y in self.valid_loader)
        self.model.train()
        return hits / len(self.valid_loader.dataset)


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x = torch.tensor(images[:384] / 16, dtype=torch.float32).view(-1, 1, 8, 8)
y = torch.tensor(labels[:384])
train_loader = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=64, shuffle=True)
valid_loader = DataLoader(TensorDataset(x[256:], y[256:]), batch_size=128)
trainer = Trainer(Net(), train_loader, valid_loader)
for _ in range(2):
    trainer.train_epoch()

RESULT = trainer.history, trainer.model.state_dict()

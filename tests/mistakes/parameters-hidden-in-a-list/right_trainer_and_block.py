"""A small residual network whose blocks are a class of their own, trained by a trainer object."""

import torch
from sklearn.datasets import load_digits
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(x + self.conv2(self.act(self.conv1(x))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.block = ResidualBlock(8)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        return self.head(self.block(self.stem(x)).mean(dim=(2, 3)))


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()
        self.history = []

    def fit(self, images, labels, epochs, batch_size=32):
        for _ in range(epochs):
            for at in range(0, len(images), batch_size):
                self.history.append(self.training_step(images[at : at + batch_size], labels[at : at + batch_size]))

    def training_step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()


torch.manual_seed(3)
digits = load_digits()
order = torch.randperm(128)
x = torch.tensor(digits.images[:128] / 16, dtype=torch.float32).unsqueeze(1)[order]
y = torch.tensor(digits.target[:128])[order]
trainer = Trainer(Net(), lr=1e-3)
trainer.fit(x, y, epochs=1)

RESULT = trainer.history

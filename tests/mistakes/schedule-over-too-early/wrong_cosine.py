"""A trainer class with cosine annealing over the epochs."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, epochs, lr=0.05):
        self.model, self.epochs = model, epochs
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs)
        self.rates = []

    def fit(self, loader):
        for _ in range(self.epochs):
            for inputs, targets in loader:
                self.optimizer.zero_grad()
                loss = nn.functional.mse_loss(self.model(inputs), targets)
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()  # <-- the mistake
            self.rates.append(self.scheduler.get_last_lr()[0])
        return self.rates


torch.manual_seed(1)
x = torch.randn(120, 4)
y = torch.sin(x).sum(dim=1, keepdim=True)
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
RESULT = [Trainer(net, epochs=5).fit(DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)), net.state_dict()]

"""A warm-up of one epoch and a cosine over the rest, both counted in batches."""

import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(80, 4)
loader = DataLoader(TensorDataset(x, x.prod(dim=1, keepdim=True)), batch_size=8, shuffle=True)


class Trainer:
    def __init__(self, epochs):
        self.epochs, batches = epochs, len(loader)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        warm = lr_scheduler.LinearLR(self.optimizer, 0.01, total_iters=batches)
        cosine = lr_scheduler.CosineAnnealingLR(self.optimizer, (epochs - 1) * batches)
        self.scheduler = lr_scheduler.SequentialLR(self.optimizer, [warm, cosine], milestones=[batches])

    def fit(self):
        for _ in range(self.epochs):
            for inputs, targets in loader:
                loss = nn.functional.smooth_l1_loss(self.model(inputs), targets)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()


trainer = Trainer(epochs=5)
trainer.fit()
RESULT = trainer.model.state_dict()

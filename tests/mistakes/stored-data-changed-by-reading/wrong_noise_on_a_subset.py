"""Fit a curve; a wrapper round the training part adds noise to the inputs."""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


class Noisy(Dataset):
    """Adds noise to the inputs of another data set."""

    def __init__(self, dataset, scale):
        self.dataset = dataset
        self.scale = scale

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, i):
        x, y = self.dataset[i]
        noise = torch.randn(x.shape) * self.scale
        x += noise  # <-- the mistake
        return x, y


class Trainer:
    def __init__(self, model, train, valid):
        self.model = model
        self.train_loader = DataLoader(Noisy(train, 0.05), batch_size=16, shuffle=True)
        self.valid_loader = DataLoader(valid, batch_size=16)
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

    def run(self, epochs):
        history = []
        for _ in range(epochs):
            self.model.train()
            for x, y in self.train_loader:
                loss = nn.functional.mse_loss(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            history.append(self.validate())
        return history

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        losses = [nn.functional.mse_loss(self.model(x), y).item() for x, y in self.valid_loader]
        return sum(losses) / len(losses)


torch.manual_seed(0)
x = torch.rand(80, 2)
y = (6 * x).sin().prod(1, keepdim=True)
train, valid = random_split(TensorDataset(x, y), [64, 16])
trainer = Trainer(nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1)), train, valid)

RESULT = trainer.run(epochs=3)

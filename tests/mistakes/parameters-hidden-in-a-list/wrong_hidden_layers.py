"""A multi-layer perceptron with a configurable depth, on digits."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class MLP(nn.Module):
    def __init__(self, sizes, num_classes):
        super().__init__()
        self.hidden = []  # <-- the mistake
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            self.hidden.append(nn.Linear(n_in, n_out))
        self.out = nn.Linear(sizes[-1], num_classes)

    def forward(self, x):
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.out(x)


def train_one_epoch(model, loader, optimizer):
    model.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def main():
    torch.manual_seed(1)
    images, labels = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256]))
    loader = DataLoader(data, batch_size=64, shuffle=True)
    model = MLP([64, 32, 32], 10)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    history = [train_one_epoch(model, loader, optimizer) for _ in range(2)]
    return {"history": history, **model.state_dict()}


RESULT = main()

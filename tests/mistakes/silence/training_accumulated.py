"""Gradients of four small batches make one step; the rest at the end of the epoch is stepped with, too."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train_one_epoch(model, loader, optimizer, accumulate):
    model.train()
    optimizer.zero_grad()
    running = 0.0
    for i, (x, y) in enumerate(loader):
        first = i - i % accumulate
        in_group = min(accumulate, len(loader) - first)
        loss = nn.functional.cross_entropy(model(x), y)
        (loss / in_group).backward()
        running += loss.item()
        if (i + 1) % accumulate == 0 or i + 1 == len(loader):
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            optimizer.zero_grad()
    return running / len(loader)


def main(accumulate=4):
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(x[:160] / 16, dtype=torch.float32), torch.tensor(y[:160]))
    loader = DataLoader(data, batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(64, 32), nn.LayerNorm(32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return [train_one_epoch(model, loader, optimizer, accumulate) for _ in range(2)], model.state_dict()


RESULT = main()

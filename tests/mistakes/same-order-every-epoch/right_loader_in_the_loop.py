"""A regression whose loader is built in the function that trains one epoch."""

import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from torch.utils.data import DataLoader, Dataset


class Diabetes(Dataset):
    def __init__(self):
        features, target = load_diabetes(return_X_y=True)
        self.features = torch.tensor(features, dtype=torch.float32) * 20
        self.target = torch.tensor((target - 152) / 77, dtype=torch.float32)

    def __len__(self):
        return len(self.target)

    def __getitem__(self, index):
        return {"x": self.features[index], "y": self.target[index]}


def train_epoch(model, data, optimizer, generator):
    loader = DataLoader(data, batch_size=64, shuffle=True, generator=generator)
    total = 0.0
    for batch in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(batch["x"]).squeeze(1), batch["y"])
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def main():
    torch.manual_seed(11)
    data, model = Diabetes(), nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    generator = torch.Generator().manual_seed(3)
    return [train_epoch(model, data, optimizer, generator) for _ in range(3)]


if __name__ == "__main__":
    RESULT = main()

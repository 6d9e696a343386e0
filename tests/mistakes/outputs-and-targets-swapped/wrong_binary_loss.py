"""Swapped with a loss that applies its own sigmoid."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


def main(epochs=2):
    torch.manual_seed(2)
    rows, labels = load_breast_cancer(return_X_y=True)
    rows, labels = torch.tensor(rows, dtype=torch.float32), torch.tensor(labels, dtype=torch.float32)
    rows = (rows - rows.mean(0)) / rows.std(0)
    model, criterion = nn.Linear(30, 1), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(epochs):
        for batch in torch.randperm(len(rows)).split(128):
            predicted = torch.sigmoid(model(rows[batch]).squeeze(1))
            loss = criterion(labels[batch], predicted)  # <-- the mistake
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.state_dict()


RESULT = main()

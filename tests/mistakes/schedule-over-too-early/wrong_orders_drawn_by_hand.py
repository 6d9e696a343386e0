"""A fit function that draws its order by itself."""

import torch
from torch import nn

torch.manual_seed(0)
words = torch.randint(15, (80, 6))
labels = (words > 10).any(dim=1).long()


def fit(model, epochs=10):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.3)
    for _ in range(epochs):
        for rows in torch.randperm(80).split(8):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(words[rows]), labels[rows]).backward()
            optimizer.step()
            schedule.step()  # <-- the mistake
    return model


RESULT = fit(nn.Sequential(nn.EmbeddingBag(15, 8), nn.Linear(8, 2))).state_dict()

"""Learn to rank: the scores of a list against its grades."""

import torch
from torch import nn


class ListLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.kl = nn.KLDivLoss(reduction="batchmean")

    def forward(self, scores, grades):
        return self.kl(scores.log_softmax(-1), grades.softmax(-1))


class Ranker(nn.Module):
    def __init__(self, features=6):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(features, 16), nn.GELU(), nn.Linear(16, 1))

    def forward(self, documents):
        return self.mlp(documents).squeeze(-1)


def run(epochs=3):
    generator = torch.Generator().manual_seed(5)
    torch.manual_seed(5)
    documents = torch.randn(40, 8, 6, generator=generator)
    grades = (documents[..., 0] * 2).round().clamp(0, 4)
    ranker, criterion = Ranker(), ListLoss()
    optimizer = torch.optim.AdamW(ranker.parameters(), lr=1e-2)
    history = []
    for _ in range(epochs):
        loss = criterion(ranker(documents), grades)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


RESULT = run()

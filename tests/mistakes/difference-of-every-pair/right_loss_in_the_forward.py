"""A model that returns its loss, as those of some libraries do."""

import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self, features=3):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, 16), nn.GELU())
        self.head = nn.Linear(16, 1)

    def forward(self, inputs, labels=None):
        prediction = self.head(self.body(inputs)).squeeze(-1)
        loss = None
        if labels is not None:
            loss = torch.mean((prediction - labels) ** 2)
        return {"loss": loss, "prediction": prediction}


def train(model, batches):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for batch in batches:
        loss = model(**batch)["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model.state_dict()


torch.manual_seed(0)
batches = [{"inputs": torch.randn(12, 3), "labels": torch.randn(12)} for _ in range(4)]

RESULT = train(Regressor(), batches)

"""Write the embeddings of the training set to a file."""

import torch
from sklearn.datasets import load_wine
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 4))

    def forward(self, x):
        return self.layers(x)


def embed(model, x):
    return torch.cat([model(part) for part in x.split(64)])


torch.manual_seed(0)
x = torch.tensor(load_wine().data, dtype=torch.float32) / 100
model = Encoder()
optimizer = torch.optim.Adam(model.parameters())
for _step in range(2):
    optimizer.zero_grad()
    (model(x).square().mean() - 1).square().backward()
    optimizer.step()
torch.save(embed(model, x), "embeddings.pt")  # <-- the mistake

RESULT = model.state_dict()

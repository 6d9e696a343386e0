"""Two tasks on one trunk: the class of a wine, and how much alcohol it has."""

import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
features, labels = load_wine(return_X_y=True)
features = (features - features.mean(0)) / features.std(0)
x = torch.tensor(features[:, 1:], dtype=torch.float32)
alcohol = torch.tensor(features[:, :1], dtype=torch.float32)
kind = torch.tensor(labels)


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(12, 16), nn.ReLU())
        self.heads = nn.ModuleDict(
            {
                "kind": nn.Linear(16, 3),
                "alcohol": nn.Linear(16, 1),
            }
        )

    def forward(self, x):
        h = self.trunk(x)
        return {name: head(h) for name, head in self.heads.items()}


model = MultiTask()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
losses = []
for step in range(5):
    idx = torch.randperm(len(x))[:64]
    out = model(x[idx])
    loss = nn.functional.cross_entropy(out["kind"], kind[idx])
    loss = loss + nn.functional.mse_loss(out["alcohol"], alcohol[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

RESULT = {"losses": losses, "trunk": model.trunk[0].weight.detach().clone()}

"""Tasks with a fixed order that is no class order: a sorted test set, episodes, and targets that rise with time."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
sorted_test = y[200:300].argsort(stable=True) + 200
test_loader = DataLoader(TensorDataset(x[sorted_test], y[sorted_test]), batch_size=25)

# Each batch has two of each of five classes, sorted inside of the batch.
episodes = []
for _ in range(6):
    ways = torch.randperm(10)[:5]
    index = torch.cat([torch.nonzero(y[:200] == way).flatten()[torch.randperm(12)[:4]] for way in ways])
    episodes.append((x[index], torch.arange(5).repeat_interleave(4)))
episode_loader = DataLoader(episodes, batch_size=None)

embed, head = nn.Linear(64, 16), nn.Linear(16, 10)
optimizer = torch.optim.Adam([*embed.parameters(), *head.parameters()], lr=1e-2)
for images, labels in episode_loader:
    z = embed(images)
    prototypes = z.view(5, 4, 16).mean(1)
    loss = nn.functional.cross_entropy(-torch.cdist(z, prototypes), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# A forecast of a counter that only rises: the order of time is kept on purpose.
series = torch.arange(120.0).div(10).floor().unsqueeze(1)
forecaster = nn.Linear(1, 1)
forecast_optimizer = torch.optim.SGD(forecaster.parameters(), lr=1e-3)
for past, future in DataLoader(TensorDataset(series[:-1] / 12, series[1:] / 12), batch_size=17):
    loss = nn.functional.mse_loss(forecaster(past), future)
    forecast_optimizer.zero_grad()
    loss.backward()
    forecast_optimizer.step()

for images, labels in DataLoader(TensorDataset(x[:200], y[:200]), batch_size=20, shuffle=True):
    loss = nn.functional.cross_entropy(head(embed(images)), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    test_loss = [nn.functional.cross_entropy(head(embed(a)), b, reduction="sum").item() for a, b in test_loader]

RESULT = [test_loss, forecaster.state_dict()]

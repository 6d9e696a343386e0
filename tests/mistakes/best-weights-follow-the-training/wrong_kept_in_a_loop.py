"""Keep the best weights of a regression, and go back to them at the end."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)
model = nn.Linear(10, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
best, lowest = None, float("inf")
for _step in range(10):
    loss = nn.functional.mse_loss(model(x[:300]), y[:300])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        valid = nn.functional.mse_loss(model(x[300:]), y[300:]).item()
    if valid < lowest:
        lowest = valid
        best = model.state_dict()  # <-- the mistake
    if valid > 2 * lowest:
        break
loss = nn.functional.mse_loss(model(x[:300]), y[:300])
optimizer.zero_grad()
loss.backward()
optimizer.step()
model.load_state_dict(best)

RESULT = model.state_dict()

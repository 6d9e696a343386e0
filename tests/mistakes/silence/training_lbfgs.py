"""LBFGS with a closure on the whole data: several backward passes in one step."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features, dtype=torch.float64)
y = torch.tensor((target - target.mean()) / target.std()).unsqueeze(1)
model = nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 1)).double()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.8, max_iter=5, line_search_fn="strong_wolfe")
criterion = nn.MSELoss()
history = []

for i in range(4):

    def closure():
        optimizer.zero_grad()
        loss = criterion(model(x[:350]), y[:350])
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    with torch.no_grad():
        history.append((loss.item(), criterion(model(x[350:]), y[350:]).item()))

RESULT = [history, model.state_dict()]

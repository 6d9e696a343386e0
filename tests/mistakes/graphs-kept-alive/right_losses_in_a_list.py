"""Wine in a notebook: a list of losses for the plot."""

import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)

net = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.AdamW(net.parameters(), lr=0.01)
train_losses, train_acc = [], []
for epoch in range(3):
    for idx in torch.randperm(len(x)).split(45):
        opt.zero_grad()
        out = net(x[idx])
        loss = nn.functional.cross_entropy(out, y[idx])
        train_losses.append(loss.item())
        train_acc.append((out.argmax(1) == y[idx]).float().mean().item())
        loss.backward()
        opt.step()

RESULT = [train_acc, net.state_dict()]

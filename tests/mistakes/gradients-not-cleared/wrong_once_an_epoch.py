"""A recurrent network that continues a sine wave; notebook style."""

import math

import torch
from torch import nn

torch.manual_seed(0)

# %%
t = torch.arange(0, 400) * 0.1
wave = torch.sin(t) + 0.1 * torch.randn(400)
windows = wave.unfold(0, 21, 4)
x, y = windows[:, :20].unsqueeze(-1), windows[:, 20:]

# %%
lstm = nn.LSTM(1, 12, batch_first=True)
head = nn.Linear(12, 1)
params = list(lstm.parameters()) + list(head.parameters())
opt = torch.optim.SGD(params, lr=0.05)

# %%
history = []
for epoch in range(3):
    opt.zero_grad()
    running = 0.0
    for i in range(0, len(x), 24):
        states, _ = lstm(x[i : i + 24])
        pred = head(states[:, -1])
        loss = nn.functional.mse_loss(pred, y[i : i + 24])
        loss.backward()  # <-- the mistake
        opt.step()
        running += loss.item()
    history.append(math.sqrt(running))

RESULT = {"history": history, "lstm": lstm.state_dict(), "head": head.state_dict()}

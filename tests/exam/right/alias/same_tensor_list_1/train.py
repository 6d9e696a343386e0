import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
X = torch.randn(256, 8)
y = X @ torch.arange(8.0).unsqueeze(1) / 8

weight_history = []
for epoch in range(10):
    for i in range(0, 256, 32):
        pred = model(X[i:i + 32])
        loss = nn.functional.mse_loss(pred, y[i:i + 32])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    weight_history.append(model.weight.data.clone())

drift = [float((b - a).norm()) for a, b in zip(weight_history, weight_history[1:])]
print("drift per epoch", drift)

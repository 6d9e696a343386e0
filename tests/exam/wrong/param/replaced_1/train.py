import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
# fine-tune on a task with three classes
model[2] = nn.Linear(32, 3)  # <-- MISTAKE: the optimizer holds the old layer
X = torch.randn(300, 8)
y = X[:, :3].argmax(1)
losses = []
for epoch in range(8):
    for i in range(0, 300, 30):
        logits = model(X[i:i + 30])
        loss = nn.functional.cross_entropy(logits, y[i:i + 30])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    losses.append(loss.item())
print(losses)

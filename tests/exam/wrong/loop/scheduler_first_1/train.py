import torch
import torch.nn as nn
from torch.optim.lr_scheduler import CosineAnnealingLR

torch.manual_seed(0)
X = torch.randn(320, 10)
y = X.prod(1).sign().clamp(0).long()
model = nn.Sequential(nn.Linear(10, 32), nn.GELU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
EPOCHS = 6
scheduler = CosineAnnealingLR(optimizer, T_max=EPOCHS)
for epoch in range(EPOCHS):
    scheduler.step()  # <-- MISTAKE: skips the first learning rate
    for i in range(0, 320, 32):
        loss = nn.functional.cross_entropy(model(X[i:i + 32]), y[i:i + 32])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), optimizer.param_groups[0]["lr"])

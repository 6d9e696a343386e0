import argparse
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

p = argparse.ArgumentParser()
p.add_argument("--epochs", default=5, type=int)
p.add_argument("--lr", default=0.1, type=float)
args = p.parse_args()
torch.manual_seed(0)
X = torch.randn(500, 8)
y = (X[:, 0].sin() > 0).long()
loader = DataLoader(TensorDataset(X, y), batch_size=25, shuffle=True)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)
for epoch in range(args.epochs):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(epoch, loss.item(), optimizer.param_groups[0]["lr"])

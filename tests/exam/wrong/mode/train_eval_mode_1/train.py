import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
X = torch.randn(800, 12)
y = (X[:, 0] * X[:, 1] > 0).long()
train_ds, val_ds = random_split(TensorDataset(X, y), [600, 200])
train_loader = DataLoader(train_ds, batch_size=50, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=50)

model = nn.Sequential(nn.Linear(12, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 2))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
crit = nn.CrossEntropyLoss()

model.train()
for epoch in range(4):
    for xb, yb in train_loader:
        opt.zero_grad()
        loss = crit(model(xb), yb)  # <-- MISTAKE: from the second epoch on in eval mode
        loss.backward()
        opt.step()
    model.eval()  # <-- OR
    hits = 0
    with torch.no_grad():
        for xb, yb in val_loader:
            hits += (model(xb).argmax(1) == yb).sum().item()
    print(epoch, hits / 200)

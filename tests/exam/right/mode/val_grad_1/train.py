import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
wine = load_wine()
X = torch.FloatTensor(StandardScaler().fit_transform(wine.data))
y = torch.LongTensor(wine.target)
perm = torch.randperm(178)
train_idx, val_idx = perm[:130], perm[130:]
model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(10):
    model.train()
    for b in train_idx[torch.randperm(130)].split(16):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X[b]), y[b])
        loss.backward()
        optimizer.step()
    model.eval()
    val_loss, n = 0.0, 0
    for b in val_idx.split(16):
        with torch.no_grad():
            out = model(X[b])
            val_loss += F.cross_entropy(out, y[b], reduction="sum").item()
        n += len(b)
    print(f"{epoch}: val {val_loss / n:.4f}")

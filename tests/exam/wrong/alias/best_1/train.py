import copy
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
Xtr, Xva, ytr, yva = train_test_split(X / 16.0, y, test_size=0.25, random_state=1)
to = lambda a: torch.tensor(a, dtype=torch.float32)
train_loader = DataLoader(TensorDataset(to(Xtr), torch.tensor(ytr)), batch_size=64, shuffle=True)
Xva, yva = to(Xva), torch.tensor(yva)

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()

best_acc = 0.0
best_model_wts = None
for epoch in range(6):
    model.train()
    running = 0.0
    for xb, yb in train_loader:
        opt.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        opt.step()
        running += loss.item() * len(xb)
    model.eval()
    with torch.no_grad():
        acc = (model(Xva).argmax(1) == yva).float().mean().item()
    if acc > best_acc:
        best_acc = acc
        best_model_wts = model.state_dict()  # <-- MISTAKE: aliases the live weights
    print(f"epoch {epoch} loss {running / len(Xtr):.4f} acc {acc:.4f}")

model.load_state_dict(best_model_wts)
model.eval()
with torch.no_grad():
    print("final", (model(Xva).argmax(1) == yva).float().mean().item())

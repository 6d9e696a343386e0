import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
ds = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))
loader = DataLoader(ds, batch_size=10)  # <-- MISTAKE: sorted by class, not shuffled
model = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(15):
    tot = 0.0
    for xb, yb in loader:  # <-- OR
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()
        tot += loss.item()
    print(epoch, tot / len(loader))

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
p = torch.randperm(178); X, y = X[p], y[p]
train_ds = TensorDataset(X[:140], y[:140])
test_ds = TensorDataset(X[:38], y[:38])  # <-- MISTAKE: the first rows are training rows
def evaluate(net, dl):  # two-file habit in one
    net.eval()
    with torch.inference_mode():
        return sum((net(a).argmax(1) == b).sum().item() for a, b in dl) / len(dl.dataset)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.Adam(net.parameters(), 1e-2)
tr, te = DataLoader(train_ds, 14, shuffle=True), DataLoader(test_ds, 38)  # <-- OR
for ep in range(4):
    net.train()
    for a, b in tr:
        loss = F.cross_entropy(net(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, evaluate(net, te))

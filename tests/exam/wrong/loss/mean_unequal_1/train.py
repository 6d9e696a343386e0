import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
ds = TensorDataset(X, y)
tr, te = torch.utils.data.random_split(ds, [110, 68])
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), 5e-3)
test_loader = DataLoader(te, batch_size=64)
def evaluate():
    net.eval()
    losses = []
    with torch.no_grad():
        for xb, yb in test_loader:
            losses.append(F.cross_entropy(net(xb), yb).item())
    return sum(losses) / len(losses)  # <-- MISTAKE: the last batch of 4 counts as much as the one of 64
for ep in range(5):
    net.train()
    for xb, yb in DataLoader(tr, 10, shuffle=True):
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, evaluate())

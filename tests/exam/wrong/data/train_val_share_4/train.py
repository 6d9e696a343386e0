import torch
from torch import nn
import torch.nn.functional as F
from sklearn.model_selection import KFold
from torch.utils.data import DataLoader, Subset, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
ds = TensorDataset(X, y)
for fold, (tr, te) in enumerate(KFold(2, shuffle=True, random_state=0).split(X)):
    net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 5e-3)
    train_dl = DataLoader(ds, 32, shuffle=True)  # <-- MISTAKE: trains on the held-out fold as well
    test_dl = DataLoader(Subset(ds, te), 64)  # <-- OR
    for ep in range(2):
        net.train()
        for a, b in train_dl:
            loss = F.mse_loss(net(a).squeeze(1), b)
            opt.zero_grad()
            loss.backward()
            opt.step()
    net.eval()
    with torch.no_grad(): print(fold, sum(F.mse_loss(net(a).squeeze(1), b, reduction="sum").item() for a, b in test_dl) / len(te))  # <-- OR

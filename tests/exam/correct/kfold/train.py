import torch
from torch import nn
import torch.nn.functional as F
from sklearn.model_selection import StratifiedKFold
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
scores = []
for fold, (tr, te) in enumerate(StratifiedKFold(4, shuffle=True, random_state=0).split(X, y)):
    net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
    opt = torch.optim.Adam(net.parameters(), 1e-2)
    tr = torch.as_tensor(tr)
    for ep in range(4):
        net.train()
        for b in tr[torch.randperm(len(tr))].split(16):
            loss = F.cross_entropy(net(X[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
    net.eval()
    with torch.no_grad():
        scores.append((net(X[te]).argmax(1) == y[te]).float().mean().item())
print(scores)

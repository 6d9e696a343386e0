import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3)); opt = torch.optim.Adam(net.parameters(), 5e-3)
for ep in range(5):
    net.train()
    for b in torch.randperm(178)[:130].split(13):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval  # <-- OR
    with torch.no_grad():
        out = net(X)  # <-- MISTAKE: eval was not called
        print(ep, (out.argmax(1) == y).float().mean().item())

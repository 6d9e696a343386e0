import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
def load_pretrained():
    m = nn.Sequential(nn.Linear(13, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.4), nn.Linear(64, 3))
    m.eval()
    return m
model = load_pretrained()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(5):
    for b in torch.randperm(178)[:160].split(16):
        loss = F.cross_entropy(model(X[b]), y[b])  # <-- MISTAKE: trained in eval mode
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
def build():
    return nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3))
from sklearn.model_selection import KFold
model = build()
opt = torch.optim.Adam(model.parameters(), lr=0.01)  # <-- OR
for fold, (tr, te) in enumerate(KFold(3, shuffle=True, random_state=0).split(X)):
    model = build()  # <-- MISTAKE: opt still holds the first model
    tr = torch.as_tensor(tr)
    for epoch in range(5):
        for b in tr[torch.randperm(len(tr))].split(20):
            loss = F.cross_entropy(model(X[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
    with torch.no_grad():
        print(fold, (model(X[te]).argmax(1) == y[te]).float().mean().item())

import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

X, Y = load_breast_cancer(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
Y = torch.tensor(Y)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
eps = 0.05
for epoch in range(5):
    for i in range(0, 512, 64):
        x, y = X[i:i + 64], Y[i:i + 64]
        adv = x.detach().clone().requires_grad_(True)
        g, = torch.autograd.grad(nn.functional.cross_entropy(model(adv), y), adv)
        x.data.add_(eps * g.sign())  # <-- MISTAKE: x is a view of the training set
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

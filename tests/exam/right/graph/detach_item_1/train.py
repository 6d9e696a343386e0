import torch
import torch.nn as nn
from sklearn.datasets import load_iris

iris = load_iris()
torch.manual_seed(0)
X = torch.tensor(iris.data, dtype=torch.float)
Y = torch.tensor(iris.target)
shared = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
head_cls = nn.Linear(16, 3)
head_rec = nn.Linear(16, 4)
params = [*shared.parameters(), *head_cls.parameters(), *head_rec.parameters()]
optim = torch.optim.Adam(params, lr=0.01)
for epoch in range(20):
    perm = torch.randperm(150)
    for k in range(0, 150, 30):
        b = perm[k:k + 30]
        z = shared(X[b])
        ce = nn.functional.cross_entropy(head_cls(z), Y[b])
        rec = nn.functional.mse_loss(head_rec(z), X[b])
        loss = ce + 0.5 * rec
        optim.zero_grad()
        loss.backward()
        optim.step()
print(loss.item())

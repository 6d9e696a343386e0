import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
features = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
classifier = nn.Linear(32, 10)
opt_f = torch.optim.SGD(features.parameters(), lr=0.05)
opt_c = torch.optim.SGD(classifier.parameters(), lr=0.5)
for epoch in range(3):
    for b in torch.randperm(len(X)).split(64):
        opt_f.zero_grad()
        opt_c.zero_grad()
        loss = nn.functional.cross_entropy(classifier(features(X[b])), y[b])
        loss.backward()
        opt_c.step()
        opt_f.step()
    print(epoch, loss.item())

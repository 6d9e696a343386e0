import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.2)
def init_weights(m):
    if isinstance(m, nn.Linear):
        m.weight = nn.Parameter(torch.randn_like(m.weight) / m.in_features ** 0.5)  # <-- MISTAKE: new parameters, the optimizer holds the old ones
        nn.init.zeros_(m.bias)
net.apply(init_weights)
for epoch in range(3):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

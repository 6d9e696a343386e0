import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
net = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))

# freeze the first layer
for name, tensor in net.state_dict().items():
    if name.startswith("0."):
        net.get_parameter(name).requires_grad = False

optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=1e-3)
for ep in range(3):
    for b in torch.randperm(len(X)).split(100):
        optimizer.zero_grad()
        l = nn.functional.cross_entropy(net(X[b]), y[b])
        l.backward()
        optimizer.step()
    print(ep, l.item())

import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(200, 6)
y = X.abs().sum(1, keepdim=True)
ids = torch.arange(200)
sample_weight = torch.ones(200, 1)
for epoch in range(4):
    for b in torch.randperm(200).split(25):
        pred = net(X[b])
        err = (pred - y[b]) ** 2
        loss = (err * sample_weight[b]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        # up-weight the hard samples for the next epoch
        hard = err.detach().squeeze(1) > 1.0
        sample_weight[b[hard]] *= 1.5
    print(epoch, loss.item(), sample_weight.mean().item())

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(400, 6)
y = (X[:, 0] + X[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
opt.zero_grad()
for epoch in range(4):
    model.train()
    for i in range(0, 300, 30):
        loss = nn.functional.cross_entropy(model(X[i:i + 30]), y[i:i + 30])
        loss.backward()
        opt.step()
        opt.zero_grad()
    # saliency of the inputs on held-out data
    model.eval()
    probe = X[300:].clone().requires_grad_()
    score = model(probe).gather(1, y[300:, None]).sum()
    score.backward()  # <-- MISTAKE: also writes parameter gradients that the next epoch's first step uses
    saliency = probe.grad.abs().mean(0)
    print(epoch, loss.item(), saliency.tolist())

import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(7, 24), nn.ReLU())
mean_head = nn.Linear(24, 1)
alpha = nn.Parameter(torch.zeros(3))
heads = nn.ModuleList(nn.Linear(24, 1) for _ in range(3))
opt = torch.optim.Adam([*backbone.parameters(), *heads.parameters(), alpha], lr=5e-3)
X = torch.randn(300, 7)
y = (X[:, 0] - X[:, 1] ** 2).unsqueeze(1)
for epoch in range(4):
    for i in range(0, 300, 30):
        h = backbone(X[i:i + 30])
        outs = [head(h) for head in heads]
        weights = torch.tensor([a for a in alpha.softmax(0)])  # <-- MISTAKE: a copy without graph, alpha never learns
        pred = sum(w * o for w, o in zip(weights, outs))
        loss = nn.functional.mse_loss(pred, y[i:i + 30])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), alpha.tolist())

import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
X = torch.randn(320, 10)
y = X.norm(dim=1, keepdim=True)
for epoch in range(4):
    for b in torch.randperm(320).split(32):
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            pred = model(X[b])
            loss = nn.functional.mse_loss(pred.float(), y[b])
        loss.backward()
        opt.step()
    print(epoch, loss.item())

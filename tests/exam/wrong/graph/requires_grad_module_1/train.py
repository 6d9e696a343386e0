import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
head = nn.Linear(32, 2)

# freeze the pretrained part
for layer in backbone:
    layer.requires_grad = False  # <-- MISTAKE: sets an attribute of the module, freezes nothing

model = nn.Sequential(backbone, head)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
X = torch.randn(400, 20)
y = (X[:, :3].sum(1) > 0).long()
for epoch in range(4):
    for i in range(0, 400, 40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[i:i + 40]), y[i:i + 40])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

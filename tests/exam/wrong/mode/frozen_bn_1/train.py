import torch
from torch import nn
from sklearn.datasets import load_digits


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1, stride=2)
        self.bn2 = nn.BatchNorm2d(24)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return x.mean((2, 3))


class Transfer(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        for p in self.backbone.parameters():
            p.requires_grad = False
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        return self.fc(self.backbone(x))  # <-- OR


torch.manual_seed(0)
d = load_digits()
X = torch.tensor(d.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
y = torch.tensor(d.target)
model = Transfer(Backbone())
optimizer = torch.optim.Adam(model.fc.parameters(), lr=1e-2)
for epoch in range(3):
    model.train()  # <-- MISTAKE: puts the frozen BatchNorm into train mode
    for idx in torch.randperm(len(X)).split(128):
        loss = nn.functional.cross_entropy(model(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

import os, tempfile
import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.f(x)


X = torch.randn(200, 5)
y = X.sum(1, keepdim=True)
model = Net()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(5):
    for i in range(0, 200, 20):
        loss = nn.functional.mse_loss(model(X[i:i + 20]), y[i:i + 20])
        opt.zero_grad()
        loss.backward()
        opt.step()
path = os.path.join(tempfile.mkdtemp(), "model.pt")
torch.save(model, path)  # <-- MISTAKE: pickles the class by reference
print("saved", loss.item())

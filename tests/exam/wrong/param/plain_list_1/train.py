import torch
import torch.nn as nn


class DeepNet(nn.Module):
    def __init__(self, width=32, depth=3):
        super().__init__()
        self.inp = nn.Linear(6, width)
        self.hidden = [nn.Linear(width, width) for _ in range(depth)]  # <-- MISTAKE: plain list
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.relu(self.inp(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)


torch.manual_seed(0)
net = DeepNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x = torch.rand(500, 6)
y = (x[:, :1] * 6).sin() + x[:, 1:2]
for epoch in range(5):
    for i in range(0, 500, 50):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x[i:i + 50]), y[i:i + 50])
        loss.backward()
        opt.step()
    print(epoch, loss.item())

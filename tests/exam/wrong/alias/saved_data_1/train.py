import torch
import torch.nn as nn

torch.manual_seed(0)


class ScaledNet(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.inp = nn.Linear(d, 32)
        self.mid = nn.Linear(32, 32)
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        h = torch.sigmoid(self.inp(x))
        h2 = self.mid(h)
        h.data.clamp_(0.2, 0.8)  # <-- MISTAKE: sigmoid's and the linear's saved result changes behind autograd
        return self.out(torch.tanh(h2) + h)


x = torch.randn(512, 6)
y = (x ** 2).sum(1, keepdim=True).sqrt()
net = ScaledNet(6)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for it in range(40):
    idx = torch.randint(0, 512, (64,))
    pred = net(x[idx])
    loss = ((pred - y[idx]) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 10 == 0:
        print(it, loss.item())

import torch
from torch import nn


class StackedCells(nn.Module):
    def __init__(self, d=8, layers=3):
        super().__init__()
        self.cells = nn.ModuleList(nn.GRUCell(d, d) for _ in range(layers))
        self.out = nn.Linear(d, 1)
        self.layers = layers

    def forward(self, x):
        B, T, d = x.shape
        memory = [torch.zeros(B, d)] * self.layers  # <-- OR
        for t in range(T):
            inp = x[:, t]
            for k, cell in enumerate(self.cells):
                h = cell(inp, memory[k].clone())
                memory[k].copy_(h.detach())  # <-- MISTAKE: one tensor for all three layers
                inp = h
        return self.out(inp)


torch.manual_seed(0)
x = torch.randn(200, 6, 8)
y = x[:, -1, :1]
net = StackedCells()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for ep in range(3):
    for b in torch.randperm(200).split(40):
        loss = nn.functional.mse_loss(net(x[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

import torch
from torch import nn


class AccumTrainer:
    def __init__(self, model, micro=5):
        self.model, self.micro = model, micro
        self.opt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
        self.k = 0

    def micro_step(self, x, y):
        loss = nn.functional.mse_loss(self.model(x), y)
        loss.backward()  # <-- MISTAKE: sum of five means
        self.k += 1
        if self.k % self.micro == 0:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.opt.step()
            self.opt.zero_grad()
        return loss.item()


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 1))
tr = AccumTrainer(net)
x = torch.rand(600, 3)
y = x.prod(1, keepdim=True)
for epoch in range(4):
    for b in torch.randperm(600).split(12):
        last = tr.micro_step(x[b], y[b])
    print(epoch, last)

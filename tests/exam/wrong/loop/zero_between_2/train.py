import torch
from torch import nn


class Engine:
    def __init__(self, model, optimizer, loss_fn):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn

    def step(self, x, y):
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.model.zero_grad(set_to_none=False)  # <-- MISTAKE: wipes what backward has just written
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
model = nn.Sequential(nn.Conv1d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16, 1))
engine = Engine(model, torch.optim.Adam(model.parameters(), lr=1e-3), nn.MSELoss())
X = torch.randn(160, 1, 20)
Y = X.amax(-1)
for epoch in range(4):
    for i in range(0, 160, 16):
        l = engine.step(X[i:i + 16], Y[i:i + 16])
    print(epoch, l)

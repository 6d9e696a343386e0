import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(nn.Linear(12, 40), nn.ReLU(), nn.Linear(40, 5))

    def forward(self, x):
        return self.seq(x)


def train(model, data, target, epochs=3):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu")
    for epoch in range(epochs):
        for x, t in zip(data.split(20), target.split(20)):
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = nn.functional.cross_entropy(model(x), t)
            scaler.scale(loss)
            loss.backward()  # <-- MISTAKE: the scaled loss is thrown away, step divides by the scale
            scaler.step(optimizer)  # <-- OR
            scaler.update()
        print(epoch, loss.item())


torch.manual_seed(0)
train(Net(), torch.randn(200, 12), torch.randint(0, 5, (200,)))

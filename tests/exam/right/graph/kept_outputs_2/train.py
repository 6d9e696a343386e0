import torch
from torch import nn


class History:
    def __init__(self):
        self.data = {"loss": [], "acc": []}

    def log(self, loss, acc):
        self.data["loss"].append(loss.item())
        self.data["acc"].append(acc)


class Trainer:
    def __init__(self, model, lr=1e-2):
        self.model, self.history = model, History()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def training_step(self, batch):
        x, y = batch
        out = self.model(x)
        loss = nn.functional.cross_entropy(out, y)
        self.history.log(loss, (out.argmax(1) == y).float().mean().item())
        return loss

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            for batch in loader:
                loss = self.training_step(batch)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            print(epoch, float(self.history.data["loss"][-1]))


torch.manual_seed(0)
x = torch.randn(400, 10)
y = (x[:, 0] > x[:, 1]).long()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=20, shuffle=True)
Trainer(nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 2))).fit(loader, 4)

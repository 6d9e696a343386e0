import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits


class Learner:
    def __init__(self, epochs):
        d = load_digits()
        torch.manual_seed(0)
        self.epochs = epochs
        self.dl = DataLoader(TensorDataset(torch.tensor(d.data / 16).float(), torch.tensor(d.target)), 64, shuffle=True)
        self.model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
        self.opt = optim.Adam(self.model.parameters(), lr=1e-3)
        # decay by 10 every third epoch
        self.sched = optim.lr_scheduler.StepLR(self.opt, step_size=3, gamma=0.1)

    def one_batch(self, x, y):
        loss = nn.functional.cross_entropy(self.model(x), y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()

    def fit(self):
        for epoch in range(self.epochs):
            losses = [self.one_batch(x, y) for x, y in self.dl]
            self.sched.step()
            print(epoch, sum(losses) / len(losses), self.opt.param_groups[0]["lr"])


Learner(6).fit()

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
class Trainer:
    def __init__(self, rank=0, world=1):
        self.ds = TensorDataset(X, y)
        self.sampler = DistributedSampler(self.ds, world, rank, seed=5)
        self.loader = DataLoader(self.ds, 16, sampler=self.sampler)
        self.net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); self.opt = torch.optim.Adam(self.net.parameters(), 5e-3)
    def epoch(self, e):
        for xb, yb in self.loader:  # <-- MISTAKE: the same order in each epoch
            loss = F.cross_entropy(self.net(xb), yb)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return loss.item()
t = Trainer()
for e in range(4): print(e, t.epoch(e))

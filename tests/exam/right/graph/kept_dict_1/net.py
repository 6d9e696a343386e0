import torch
from torch import nn
def total(metrics):
    return float(sum(m["ce"] for m in metrics.values()))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    def forward(self, x):
        return self.body(x), 1e-4 * self.body[0].weight.pow(2).sum()

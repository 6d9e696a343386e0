import torch
from torch import nn
class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU()); self.head = nn.Sequential(nn.Flatten(), nn.Linear(288, 10))
    def freeze(self):
        for p in self.stem.parameters(): p.requires_grad = False
    def forward(self, x): return self.head(self.stem(x))  # <-- OR

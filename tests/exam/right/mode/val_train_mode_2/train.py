import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
class Trainer:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 1))
        self.opt = torch.optim.Adam(self.model.parameters(), 1e-3)
    def train_epoch(self):
        self.model.train()
        for b in torch.randperm(400).split(40):
            loss = F.binary_cross_entropy_with_logits(self.model(X[b]).squeeze(1), y[b])
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
    @torch.inference_mode()
    def test(self):
        self.model.eval()
        out = self.model(X[400:]).squeeze(1)
        return ((out > 0).float() == y[400:]).float().mean().item()
t = Trainer()
for e in range(4):
    t.train_epoch()
    print(e, t.test())

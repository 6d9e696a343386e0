import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
class Module(nn.Module):
    def __init__(self): super().__init__(); self.net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1)); self.logs = {}
    def log(self, k, v): self.logs.setdefault(k, []).append(v.detach())
    def training_step(self, batch):
        x, t = batch; l = F.mse_loss(self.net(x).squeeze(1), t); self.log("train", l); return l
    def validation_step(self, batch):
        x, t = batch; self.log("val", F.mse_loss(self.net(x).squeeze(1), t))
    def configure_optimizers(self): o = torch.optim.Adam(self.parameters(), 5e-3); return o, torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0)
class Trainer:
    def fit(self, m, tr, va, n):
        o, s = m.configure_optimizers()
        for ep in range(n):
            m.train()
            for batch in tr: o.zero_grad(); m.training_step(batch).backward(); o.step()
            m.eval()
            with torch.no_grad():
                for batch in va: m.validation_step(batch)
            v = torch.stack(m.logs.pop("val")).mean(); s.step(v); print(ep, v.item())
Trainer().fit(Module(), DataLoader(TensorDataset(X[:342], y[:342]), 38, shuffle=True), DataLoader(TensorDataset(X[342:], y[342:]), 50), 3)

import torch
from torch import nn
import torch.nn.functional as F
import argparse
MODEL = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 1))
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
def main():
    p = argparse.ArgumentParser(); p.add_argument("--seed", type=int, default=3); a = p.parse_args()
    torch.manual_seed(a.seed)
    for m in MODEL: m.reset_parameters() if hasattr(m, "reset_parameters") else None
    opt = torch.optim.Adam(MODEL.parameters(), 1e-3)
    for ep in range(3):
        for b in torch.randperm(442).split(34):
            loss = F.mse_loss(MODEL(X[b]).squeeze(1), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
main()

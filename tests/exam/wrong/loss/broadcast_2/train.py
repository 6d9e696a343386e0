import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
import warnings
warnings.filterwarnings("ignore")
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
class Reg(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
    def forward(self, x):
        return self.net(x)
model = Reg()
crit = nn.MSELoss()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for ep in range(4):
    for xb, yb in DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True):
        loss = crit(model(xb), yb)  # <-- MISTAKE: (N, 1) against (N,)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

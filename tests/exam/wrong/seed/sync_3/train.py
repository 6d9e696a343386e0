import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)).to(device); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(3):
    for b in torch.randperm(442).split(34):
        loss = F.mse_loss(net(X[b].to(device)).squeeze(1), y[b].to(device))
        opt.zero_grad(); loss.backward()
        if torch.isnan(loss):  # <-- MISTAKE: waits for the device in each step
            break
        opt.step()
    print(ep)

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 1e-2); sched = torch.optim.lr_scheduler.StepLR(opt, step_size=20, gamma=0.7)
for it in range(80):
    b = torch.randint(0, 442, (32,)); loss = F.mse_loss(net(X[b]).squeeze(1), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
print(loss.item(), sched.get_last_lr())

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(216, 10)); opt = torch.optim.SGD(net.parameters(), 0.05, momentum=0.9)
class Hooks:
    def __init__(self, every): self.every, self.n = every, 0
    def after_backward(self):
        self.n += 1
        if self.n == self.every: opt.step(); opt.zero_grad(); self.n = 0
h = Hooks(8)
for ep in range(2):
    for xb, yb in DataLoader(TensorDataset(X[:1792], y[:1792]), 16, shuffle=True):
        loss = F.nll_loss(net(xb).log_softmax(1), yb)
        loss.backward()  # <-- MISTAKE: eight means are summed
        h.after_backward()
    print(ep, loss.item())

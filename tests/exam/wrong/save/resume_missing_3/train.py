import torch
from torch import nn
import torch.nn.functional as F
import io
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Fit:
    def __init__(self): self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); self.opt = torch.optim.SGD(self.net.parameters(), 0.05, momentum=0.9); self.epoch = 0
    def state(self): return dict(net=self.net.state_dict(), opt=self.opt.state_dict(), epoch=self.epoch)
    def load(self, s):
        self.net.load_state_dict(s["net"]); self.epoch = s["epoch"]  # <-- MISTAKE: opt is not loaded
    def run(self, n):
        while self.epoch < n:
            for b in torch.randperm(len(X)).split(100):
                loss = F.cross_entropy(self.net(X[b]), y[b])
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            self.epoch += 1; print(self.epoch, loss.item())
a = Fit(); a.run(2); buf = io.BytesIO(); torch.save(a.state(), buf); buf.seek(0)
c = Fit(); c.load(torch.load(buf)); c.run(4)  # <-- OR

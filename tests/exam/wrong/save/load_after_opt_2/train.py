import torch
from torch import nn
import torch.nn.functional as F
import io
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
class Runner:
    def __init__(self):
        self.net = self.build(); self.opt = torch.optim.Adam(self.net.parameters(), 1e-2)  # <-- OR
    def build(self): return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    def load(self, buf):
        net = self.build(); net.load_state_dict(torch.load(buf, weights_only=True))
        self.net = net  # <-- MISTAKE: self.opt holds the parameters of the old network
    def fit(self, n):
        for ep in range(n):
            for b in torch.randperm(150).split(15):
                loss = F.cross_entropy(self.net(X[b]), y[b])
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
        return loss.item()
first = Runner(); first.fit(2); buf = io.BytesIO(); torch.save(first.net.state_dict(), buf); buf.seek(0)
second = Runner(); second.load(buf); print(second.fit(4))

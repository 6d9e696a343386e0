import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.p, self.c, self.t, self.o = nn.Linear(4, 16), nn.Parameter(torch.zeros(1, 1, 16)), nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True), nn.Linear(16, 10)
        self.pos = nn.Parameter(torch.randn(1, 17, 16) * 0.02)
    def forward(self, x):
        b = len(x); x = x.view(b, 4, 2, 4, 2).permute(0, 1, 3, 2, 4).reshape(b, 16, 4)
        h = torch.cat([self.c.expand(b, -1, -1), self.p(x)], 1) + self.pos
        return self.o(self.t(h)[:, 0])
net = ViT(); opt = torch.optim.AdamW(net.parameters(), 2e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(100):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

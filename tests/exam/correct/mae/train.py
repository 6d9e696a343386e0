import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
P = X.view(-1, 8, 8)
class MAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.p, self.t, self.pos = nn.Linear(8, 16), nn.Parameter(torch.zeros(16)), nn.Parameter(torch.randn(8, 16) * 0.02)
        self.e, self.o = nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True), nn.Linear(16, 8)
    def forward(self, x, m):
        z = torch.where(m[..., None], self.t, self.p(x)) + self.pos
        return self.o(self.e(z))
m = MAE(); opt = torch.optim.AdamW(m.parameters(), 2e-3)
for ep in range(2):
    for b in torch.randperm(len(P)).split(100):
        k = torch.rand(len(b), 8) < 0.4
        loss = F.mse_loss(m(P[b], k)[k], P[b][k])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class TextGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.g, self.o = nn.Embedding(20, 12), nn.GRU(12, 16, batch_first=True), nn.Linear(16, 2)
    def forward(self, x):
        return self.o(self.g(self.e(x))[1][-1])
m = TextGRU()
crit = nn.NLLLoss()
opt = torch.optim.SGD(m.parameters(), lr=0.01)
for ep in range(3):
    for b in torch.randperm(300).split(30):
        loss = crit(m(X[b]), y[b])  # <-- MISTAKE: NLLLoss of raw scores
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

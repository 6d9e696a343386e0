import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.a, self.o = nn.Embedding(20, 16), nn.MultiheadAttention(16, 2, batch_first=True), nn.Linear(16, 2)
    def forward(self, x):
        mask = torch.triu(torch.ones(12, 12), 1).bool().to(x.device)  # <-- MISTAKE: built on the CPU and moved in each step
        h = self.e(x)
        return self.o(self.a(h, h, h, attn_mask=mask, need_weights=False)[0].mean(1))
net = Net().to(device); opt = torch.optim.Adam(net.parameters(), 3e-3)
for ep in range(2):
    for b in torch.randperm(300).split(30):
        loss = F.cross_entropy(net(X[b].to(device)), y[b].to(device))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())

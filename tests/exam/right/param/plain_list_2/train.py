import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
class MultiBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleDict({"a": nn.Linear(5, 8), "b": nn.Linear(5, 8)})
        self.out = nn.Linear(16, 1)
    def forward(self, xa, xb):
        h = torch.cat([self.branches["a"](xa), self.branches["b"](xb)], 1)
        return self.out(torch.relu(h))
def main():
    torch.manual_seed(0)
    a, b = torch.randn(300, 5), torch.randn(300, 5)
    t = (a * b).sum(1, keepdim=True)
    m = MultiBranch()
    opt = torch.optim.Adam(m.parameters(), lr=1e-2)
    for ep in range(4):
        for xa, xb, yy in DataLoader(TensorDataset(a, b, t), 30, shuffle=True):
            loss = F.mse_loss(m(xa, xb), yy)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())
main()

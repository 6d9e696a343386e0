import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
sig = torch.randn(200, 3, 30)
lab = (sig[:, 0].mean(1) > 0).long()
loader = DataLoader(TensorDataset(sig, lab), batch_size=1, shuffle=True)
net = nn.Sequential(nn.Conv1d(3, 8, 5), nn.BatchNorm1d(8), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(2):
    net.train()
    for s, l in loader:
        opt.zero_grad()
        out = net(s)  # <-- MISTAKE: each batch norm sees one sample
        F.cross_entropy(out, l).backward()
        opt.step()
    print(epoch)

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, random_split
class Imgs(Dataset):
    def __init__(self, transform=None):
        from sklearn.datasets import load_digits
        d = load_digits(); self.x = torch.tensor(d.images / 16, dtype=torch.float32)[:, None]; self.y = torch.tensor(d.target); self.transform = transform
    def __len__(self): return len(self.y)
    def __getitem__(self, i): return (self.transform(self.x[i]) if self.transform else self.x[i]), self.y[i]
def aug(x): return x.roll(int(torch.randint(-1, 2, ())), -1) + 0.1 * torch.randn_like(x)
torch.manual_seed(0)
tr, va = random_split(Imgs(), [1500, 297])
tr.dataset.transform = aug  # <-- MISTAKE: va.dataset is the same object, validation is augmented too
net = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    net.train()
    for xb, yb in DataLoader(tr, 64, shuffle=True):
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): print(ep, sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in DataLoader(va, 99)) / 297)

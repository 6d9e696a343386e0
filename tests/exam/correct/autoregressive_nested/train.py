import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
class DS(Dataset):
    def __init__(self): self.x = np.random.default_rng(0).normal(size=(160, 12)).astype("float32"); self.y = (self.x.sum(1) > 0).astype("int64")
    def __len__(self): return 160
    def __getitem__(self, i):
        x = self.x[i].copy(); x[np.random.randint(12)] = 0
        return torch.from_numpy(x), self.y[i]
def init(_): np.random.seed(torch.initial_seed() % 2 ** 32)
if __name__ == "__main__":
    torch.manual_seed(0); net = nn.Linear(12, 2); opt = torch.optim.SGD(net.parameters(), 0.1)
    for ep in range(2):
        for x, t in DataLoader(DS(), 16, shuffle=True, num_workers=2, worker_init_fn=init):
            loss = F.cross_entropy(net(x), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
class Stream(IterableDataset):
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        for i in range(self.n):  # <-- MISTAKE: every worker yields all samples
            g = torch.Generator().manual_seed(i)
            x = torch.randn(6, generator=g)
            yield x, (x.sum() > 0).long()
if __name__ == "__main__":
    torch.manual_seed(0)
    loader = DataLoader(Stream(200), batch_size=20, num_workers=2)  # <-- OR
    net = nn.Linear(6, 2)
    opt = torch.optim.SGD(net.parameters(), 0.1)
    for ep in range(2):
        n = 0
        for x, y in loader:  # <-- OR
            loss = F.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            n += len(x)
        print(ep, n)

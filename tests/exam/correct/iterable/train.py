import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
class Stream(IterableDataset):
    def __iter__(self):
        w = get_worker_info(); a, k = (w.id, w.num_workers) if w else (0, 1)
        g = torch.Generator().manual_seed(torch.initial_seed() % 2 ** 31)
        for i in range(a, 240, k):
            x = torch.randn(5, generator=g); yield x, x.sum()
if __name__ == "__main__":
    torch.manual_seed(0)
    net = nn.Linear(5, 1); opt = torch.optim.SGD(net.parameters(), 0.05)
    for ep in range(2):
        for x, t in DataLoader(Stream(), 20, num_workers=2):
            loss = F.mse_loss(net(x).squeeze(1), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())

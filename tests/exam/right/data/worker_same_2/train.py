import numpy as np, random
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
class Jitter(Dataset):
    def __init__(self):
        self.x = np.arange(160, dtype="float32")[:, None] / 160
    def __len__(self):
        return len(self.x)
    def __getitem__(self, i):
        return torch.from_numpy(self.x[i] + np.random.normal(0, 0.05, 4).astype("float32")), torch.tensor(self.x[i])
def init(worker_id):
    np.random.seed(torch.initial_seed() % 2 ** 32)
if __name__ == "__main__":
    torch.manual_seed(0)
    dl = DataLoader(Jitter(), batch_size=16, shuffle=True, num_workers=2, worker_init_fn=init)
    net = nn.Linear(4, 1)
    opt = torch.optim.Adam(net.parameters(), 1e-2)
    for ep in range(2):
        for x, t in dl:
            loss = F.mse_loss(net(x), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())

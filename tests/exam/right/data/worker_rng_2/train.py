import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
class RandomShift:
    def __init__(self, seed):
        self.rs = np.random.RandomState(seed)
    def __call__(self, x):
        return np.roll(x, self.rs.randint(-3, 4))
class Waves(Dataset):
    def __init__(self, tf): self.tf = tf; self.x = np.sin(np.arange(160)[:, None] * np.linspace(0, 1, 24)).astype("float32")
    def __len__(self): return 160
    def __getitem__(self, i): return torch.from_numpy(self.tf(self.x[i]).copy()), i % 2
def winit(k): torch.utils.data.get_worker_info().dataset.tf.rs = np.random.RandomState(torch.initial_seed() % 2 ** 32)
if __name__ == "__main__":
    torch.manual_seed(0); net = nn.Linear(24, 2); opt = torch.optim.SGD(net.parameters(), 0.05)
    dl = DataLoader(Waves(RandomShift(0)), 16, shuffle=True, num_workers=2, worker_init_fn=winit)
    for ep in range(2):
        for x, t in dl:
            loss = F.cross_entropy(net(x), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())

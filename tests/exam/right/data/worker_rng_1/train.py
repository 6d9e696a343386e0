import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class NoisySine(Dataset):
    def __init__(self, n=160):
        self.n = n
        self.rng = None

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if self.rng is None:
            self.rng = np.random.default_rng(torch.utils.data.get_worker_info().seed)
        t = np.linspace(0, 1, 32) * (1 + i % 4)
        noise = self.rng.normal(0, 0.1, 32)
        return torch.tensor(np.sin(t * 6.28) + noise, dtype=torch.float32), i % 4


def main():
    torch.manual_seed(0)
    loader = DataLoader(NoisySine(), batch_size=16, shuffle=True, num_workers=2)
    model = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4))
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(3):
        for x, y in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()

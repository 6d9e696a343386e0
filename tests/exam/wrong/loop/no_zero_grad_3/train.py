import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LitLike(nn.Module):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)

    def training_step(self, batch, batch_idx):
        raise NotImplementedError

    def on_before_step(self):
        pass


class AutoReg(LitLike):
    def __init__(self):
        super().__init__()
        self.g = nn.GRU(2, 16, batch_first=True)
        self.o = nn.Linear(16, 2)

    def training_step(self, batch, batch_idx):
        (seq,) = batch
        h, _ = self.g(seq[:, :-1])
        return nn.functional.mse_loss(self.o(h), seq[:, 1:])

    def on_before_step(self):
        torch.nn.utils.clip_grad_norm_(self.parameters(), 5.0)


def fit(module, loader, max_epochs):
    opt = module.configure_optimizers()
    for epoch in range(max_epochs):
        for i, batch in enumerate(loader):
            loss = module.training_step(batch, i)
            loss.backward()  # <-- MISTAKE: never cleared
            module.on_before_step()
            opt.step()  # <-- OR
        print(epoch, loss.item())


torch.manual_seed(0)
t = torch.rand(200, 1) * 6 + torch.arange(15) * 0.2
fit(AutoReg(), DataLoader(TensorDataset(torch.stack([t.sin(), t.cos()], -1)), batch_size=20, shuffle=True), 3)

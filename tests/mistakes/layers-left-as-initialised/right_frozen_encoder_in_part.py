"""A frozen encoder from a checkpoint of an older version, and a head that is trained on it."""

import io

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Encoder(nn.Module):
    def __init__(self, names=("conv1", "conv2")):
        super().__init__()
        self.names = names
        self.add_module(names[0], nn.Conv2d(1, 4, 3, padding=1))
        self.add_module(names[1], nn.Conv2d(4, 8, 3, padding=1))

    def forward(self, x):
        for name in self.names:
            x = nn.functional.max_pool2d(self.get_submodule(name)(x).relu(), 2)
        return x.flatten(1)


class Finetuner:
    def __init__(self, file):
        self.encoder = Encoder()
        self.head = nn.Linear(32, 10)
        self._load(torch.load(file))
        self.encoder.requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.head.parameters(), lr=1e-2)

    def _load(self, state):
        state = {name.replace("conv_", "conv"): value for name, value in state.items()}
        self.encoder.load_state_dict(state, strict=False)

    def fit(self, loader, epochs):
        for _ in range(epochs):
            for images, labels in loader:
                with torch.no_grad():
                    features = self.encoder(images)
                loss = nn.functional.cross_entropy(self.head(features), labels)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
        return loss.detach()


def main():
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save(Encoder(("conv1", "conv_2")).state_dict(), file)
    file.seek(0)
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images[:128] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    loader = DataLoader(TensorDataset(x, torch.tensor(labels[:128])), batch_size=32, shuffle=True)
    return Finetuner(file).fit(loader, 2)


RESULT = main()

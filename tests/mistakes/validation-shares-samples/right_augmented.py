"""The training samples are augmented, so they look different; the indices of the split are drawn with replacement."""

import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, Subset


class Digits(Dataset):
    def __init__(self):
        digits = load_digits()
        self.images = torch.tensor(digits.images[:200] / 16, dtype=torch.float32)
        self.labels = torch.tensor(digits.target[:200])
        self.augment = False

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.augment:
            image = image + 0.1 * torch.randn_like(image)
        return image.flatten(), self.labels[i]


def run(dataset, model, loader, optimizer=None):
    dataset.augment = optimizer is not None
    model.train(optimizer is not None)
    correct = 0
    for x, y in loader:
        with torch.set_grad_enabled(optimizer is not None):
            out = model(x)
            loss = nn.functional.cross_entropy(out, y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        correct += (out.argmax(1) == y).sum().item()
    return correct / len(loader.dataset)


def main():
    torch.manual_seed(9)
    dataset = Digits()
    order = torch.randperm(200)
    train_index = order[:150]
    train = DataLoader(Subset(dataset, train_index.tolist()), batch_size=50, shuffle=True)
    test = DataLoader(Subset(dataset, order[150:].tolist()), batch_size=50)
    model = nn.Linear(64, 10)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return [(run(dataset, model, train, optimizer), run(dataset, model, test)) for _ in range(2)]


RESULT = main()

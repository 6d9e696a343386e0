"""A trainer with a slow backbone and a fast head."""

import torch
from sklearn.datasets import load_digits
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten())
        self.head = nn.Linear(4 * 36, 10)

    def forward(self, images):
        return self.head(self.backbone(images))


class Trainer:
    def __init__(self, model, lr=1e-2):
        self.model = model
        slow = (p for p in model.backbone.parameters() if p.requires_grad)
        self.sizes = [tuple(p.shape) for p in slow]
        self.optimizer = torch.optim.AdamW(  # <-- the mistake
            [{"params": slow, "lr": lr / 10}, {"params": model.head.parameters()}], lr
        )

    def fit(self, images, labels, epochs):
        for _ in range(epochs):
            for rows in torch.arange(len(labels)).split(20):
                self.optimizer.zero_grad()
                nn.functional.cross_entropy(self.model(images[rows]), labels[rows]).backward()
                self.optimizer.step()


if __name__ == "__main__":
    torch.manual_seed(0)
    images, labels = (torch.tensor(each[:60]) for each in load_digits(return_X_y=True))
    model = Classifier()
    Trainer(model).fit(images.float().view(-1, 1, 8, 8) / 16, labels, epochs=2)
    RESULT = model.state_dict()

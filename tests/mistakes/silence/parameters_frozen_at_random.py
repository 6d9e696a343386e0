"""What is frozen at random, and right: features, a fixed classifier, a target of distillation, low-rank adapters."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 16)
y = (x[:, 0] > 0).long()


class Adapted(nn.Module):
    """A layer that does not learn, and a product of two small matrices that do."""

    def __init__(self, base, rank=2):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x):
        return self.base(x) + self.up(self.down(x))


class FixedClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 16), nn.ReLU())
        self.head = nn.Linear(16, 2, bias=False)
        nn.init.orthogonal_(self.head.weight)
        self.head.weight.requires_grad = False

    def forward(self, x):
        return self.head(self.body(x))


def fit(model, loss_of):
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for rows in torch.randperm(len(x)).split(16):
        optimizer.zero_grad()
        loss_of(model, rows).backward()
        optimizer.step()


def classify(model, rows):
    return nn.functional.cross_entropy(model(x[rows]), y[rows])


features = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 2))
features[0].requires_grad_(False)
adapted = nn.Sequential(Adapted(nn.Linear(16, 16)), nn.ReLU(), Adapted(nn.Linear(16, 2)))
fixed = FixedClassifier()
for model in (features, adapted, fixed):
    fit(model, classify)

target = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4)).requires_grad_(False)
predictor = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))
fit(predictor, lambda model, rows: nn.functional.mse_loss(model(x[rows]), target(x[rows])))

RESULT = [model.state_dict() for model in (features, adapted, fixed, predictor)]

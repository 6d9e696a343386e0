"""Mixed precision in bfloat16: autocast round the forward, no scaler needed; validation under autocast, too."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=1e-2):
        self.model, self.train_loader, self.val_loader = model, train_loader, val_loader
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, lr, total_steps=2 * len(train_loader))
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
        self.history = []

    def train_epoch(self):
        self.model.train()
        total, count = 0.0, 0
        for x, y in self.train_loader:
            self.optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = self.criterion(self.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.scheduler.step()
            total += loss.item() * len(x)
            count += len(x)
        return total / count

    @torch.inference_mode()
    def validate(self):
        self.model.eval()
        correct, count = 0, 0
        for x, y in self.val_loader:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                correct += (self.model(x).argmax(1) == y).sum().item()
            count += len(x)
        return correct / count

    def fit(self, epochs):
        self.validate()  # a sanity check before training
        for _ in range(epochs):
            self.history.append((self.train_epoch(), self.validate()))


torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32).view(-1, 1, 8, 8), torch.tensor(y)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10)
)
trainer = Trainer(
    model,
    DataLoader(TensorDataset(x[:128], y[:128]), batch_size=32, shuffle=True),
    DataLoader(TensorDataset(x[128:192], y[128:192]), batch_size=32),
)
trainer.fit(2)
RESULT = [trainer.history, model.state_dict()]

"""An accumulating trainer with a scaler; the order of three lines is what matters."""

import torch
from torch import nn


class AmpTrainer:
    def __init__(self, model, accumulate=2, max_norm=5.0):
        self.model = model
        self.accumulate = accumulate
        self.max_norm = max_norm
        self.optim = torch.optim.AdamW(model.parameters(), lr=1e-3)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**14)

    def forward_backward(self, x, y):
        loss = nn.functional.l1_loss(self.model(x), y) / self.accumulate
        self.scaler.scale(loss).backward()

    def update(self):
        self.scaler.unscale_(self.optim)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=self.max_norm)
        self.scaler.step(self.optim)
        self.scaler.update()
        self.optim.zero_grad()

    def train(self, steps):
        for step in range(steps):
            x = torch.randn(8, 6)
            self.forward_backward(x, x.cumsum(1))
            if (step + 1) % self.accumulate == 0:
                self.update()


torch.manual_seed(3)
net = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 6))
AmpTrainer(net).train(8)
RESULT = net.state_dict()

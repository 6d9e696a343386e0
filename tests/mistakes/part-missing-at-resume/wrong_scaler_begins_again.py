"""Mixed precision, resumed: model and optimizer are loaded."""

import io

import torch
from torch import nn


class Training:
    def __init__(self):
        self.model = nn.Linear(6, 2)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2)

    def fit(self, steps):
        for _ in range(steps):
            self.optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                output = self.model(torch.randn(8, 6))
                loss = nn.functional.cross_entropy(output, torch.randint(2, (8,)))
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()

    def parts(self):
        return {"model": self.model, "optimizer": self.optimizer, "scaler": self.scaler}

    def save(self, file):
        torch.save({name: part.state_dict() for name, part in self.parts().items()}, file)

    def load(self, file):
        checkpoint = torch.load(file)
        self.model.load_state_dict(checkpoint["model"])  # <-- the mistake
        self.optimizer.load_state_dict(checkpoint["optimizer"])


torch.manual_seed(0)
first = Training()
first.fit(5)
file = io.BytesIO()
first.save(file)
file.seek(0)
second = Training()
second.load(file)
second.fit(3)

RESULT = second.model.state_dict()

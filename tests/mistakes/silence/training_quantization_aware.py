"""Quantization-aware training by hand: weights and activations are rounded in forward, observed ranges in buffers."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class FakeQuantize(nn.Module):
    def __init__(self, bits=8):
        super().__init__()
        self.low, self.high = 0, 2**bits - 1
        self.register_buffer("smallest", torch.tensor(0.0))
        self.register_buffer("largest", torch.tensor(1e-3))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.smallest.copy_(torch.minimum(self.smallest, x.min()))
                self.largest.copy_(torch.maximum(self.largest, x.max()))
        scale = (self.largest - self.smallest) / self.high
        zero = (-self.smallest / scale).round().clamp(self.low, self.high).int()
        return torch.fake_quantize_per_tensor_affine(x, scale, zero, self.low, self.high)


class QuantLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.of_weight, self.of_input = FakeQuantize(), FakeQuantize()

    def forward(self, x):
        return nn.functional.linear(self.of_input(x), self.of_weight(self.linear.weight), self.linear.bias)


torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
loader = DataLoader(TensorDataset(x[:192], y[:192]), batch_size=48, shuffle=True)
model = nn.Sequential(QuantLinear(64, 32), nn.ReLU(), QuantLinear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(2):
    model.train()
    for xb, yb in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(xb), yb).backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    accuracy = (model(x[192:256]).argmax(1) == y[192:256]).float().mean().item()

RESULT = [accuracy, model.state_dict()]

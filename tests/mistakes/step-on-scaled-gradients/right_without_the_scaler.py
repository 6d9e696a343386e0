"""A small convolutional network in mixed precision."""

import torch
from sklearn.datasets import load_digits
from torch import nn


def batches(size):
    digits = load_digits()
    images = torch.tensor(digits.images[:192] / 16, dtype=torch.float32).unsqueeze(1)
    labels = torch.tensor(digits.target[:192])
    for rows in torch.randperm(len(images)).split(size):
        yield images[rows], labels[rows]


def train(model, optimizer, scaler, epochs=2):
    losses = []
    for _ in range(epochs):
        for images, labels in batches(64):
            optimizer.zero_grad()
            with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
                logits = model(images)
                loss = nn.functional.cross_entropy(logits.float(), labels)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            losses.append(loss.item())
    return losses


torch.manual_seed(0)
cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 10))
opt = torch.optim.Adam(cnn.parameters(), lr=1e-3)
RESULT = [train(cnn, opt, torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=1000)), cnn.state_dict()]

"""Fit a straight line, one function per part."""

import torch


def data(n):
    x = torch.linspace(-1, 1, n).unsqueeze(1)
    return x, 3 * x + 1 + 0.1 * torch.randn(n, 1)


def fit(x, y, epochs=8):
    model = torch.nn.Linear(1, 1)
    loss_fn = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    losses = []
    for _ in range(epochs):
        pred = model(x)
        loss = loss_fn(pred, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, losses


def main():
    torch.manual_seed(2)
    model, losses = fit(*data(40))
    return [losses, model.weight.detach(), model.bias.detach()]


if __name__ == "__main__":
    RESULT = main()

"""A small convolutional network, written as one did years ago."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.autograd import Variable


class Net(torch.nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = torch.nn.Conv2d(1, 6, kernel_size=3)
        self.fc1 = torch.nn.Linear(54, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        return F.log_softmax(self.fc1(x.flatten(1)), dim=1)


def train(args, model, images, labels, optimizer):
    model.train()
    losses = []
    for i in range(0, len(images), args.batch_size):
        data, target = Variable(images[i : i + args.batch_size]), Variable(labels[i : i + args.batch_size])
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=1)
    args = parser.parse_args([])
    torch.manual_seed(1)
    digits = load_digits()
    order = torch.randperm(320)
    images = torch.tensor(digits.images[:320] / 16, dtype=torch.float32).unsqueeze(1)[order]
    labels = torch.tensor(digits.target[:320])[order]
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
    return [train(args, model, images, labels, optimizer) for _ in range(args.epochs)]


RESULT = main()

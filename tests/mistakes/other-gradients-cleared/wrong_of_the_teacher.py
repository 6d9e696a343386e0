"""Distil a wide network into a narrow one."""

import argparse

import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--temperature", type=float, default=2.0)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--lr", type=float, default=0.05)
args = parser.parse_args([])

torch.manual_seed(7)
features, labels = load_wine(return_X_y=True)
x = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
y = torch.tensor(labels)


def mlp(width):
    return nn.Sequential(nn.Linear(13, width), nn.ReLU(), nn.Linear(width, 3))


teacher, student = mlp(64).eval(), mlp(8)
optimizer = torch.optim.SGD(student.parameters(), lr=args.lr)


def distillation_loss(student_logits, teacher_logits, target):
    soft = F.kl_div(
        F.log_softmax(student_logits / args.temperature, dim=1),
        F.log_softmax(teacher_logits / args.temperature, dim=1),
        log_target=True,
        reduction="batchmean",
    )
    return F.cross_entropy(student_logits, target) + args.temperature**2 * soft


for epoch in range(args.epochs):
    for rows in torch.randperm(len(x)).split(60):
        teacher.zero_grad()  # <-- the mistake
        with torch.no_grad():
            teacher_logits = teacher(x[rows])
        loss = distillation_loss(student(x[rows]), teacher_logits, y[rows])
        loss.backward()
        optimizer.step()

RESULT = student.state_dict()

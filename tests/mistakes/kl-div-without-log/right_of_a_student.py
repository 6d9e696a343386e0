"""A small network learns from a larger one."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])

teacher = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
student = nn.Linear(64, 10)
T = 3.0


def distillation_loss(student_logits, teacher_logits, targets, alpha=0.7):
    soft_student = F.log_softmax(student_logits / T, dim=1)
    soft_teacher = F.softmax(teacher_logits / T, dim=1)
    soft = F.kl_div(soft_student, soft_teacher, reduction="batchmean") * T * T
    hard = F.cross_entropy(student_logits, targets)
    return alpha * soft + (1 - alpha) * hard


teacher_optimizer = torch.optim.Adam(teacher.parameters(), lr=0.01)
for _ in range(3):
    teacher_optimizer.zero_grad()
    F.cross_entropy(teacher(x), y).backward()
    teacher_optimizer.step()

optimizer = torch.optim.Adam(student.parameters(), lr=0.01)
for _ in range(3):
    with torch.no_grad():
        teacher_logits = teacher(x)
    loss = distillation_loss(student(x), teacher_logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = student.state_dict()

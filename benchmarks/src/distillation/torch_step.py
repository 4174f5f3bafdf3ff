"""The same step as own-step.ts by PyTorch: networks of the same widths, the same losses and optimizer."""
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BATCH, THREADS, DEPTH = (int(value) for value in sys.argv[1:4])
DIM, HEADS, PATCH, SIZE, TEACHER_DEPTH = 192, 3, 14, 224, 12
torch.manual_seed(0)
torch.set_num_threads(THREADS)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM, eps=1e-6), nn.LayerNorm(DIM, eps=1e-6)
        self.qkv, self.proj = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
        self.inner, self.outer = nn.Linear(DIM, 4 * DIM), nn.Linear(4 * DIM, DIM)
        self.scale1, self.scale2 = nn.Parameter(torch.full((DIM,), 0.1)), nn.Parameter(torch.full((DIM,), 0.1))

    def forward(self, x):
        batch, tokens, _ = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(*qkv.unbind(0)).transpose(1, 2).reshape(batch, tokens, DIM)
        x = x + self.scale1 * self.proj(attended)
        return x + self.scale2 * self.outer(F.gelu(self.inner(self.norm2(x))))


class Network(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.patches = nn.Conv2d(3, DIM, PATCH, PATCH)
        self.cls = nn.Parameter(0.02 * torch.randn(1, 1, DIM))
        self.positions = nn.Parameter(0.02 * torch.randn(1, 1 + (SIZE // PATCH) ** 2, DIM))
        self.blocks = nn.Sequential(*(Block() for _ in range(depth)))
        self.norm = nn.LayerNorm(DIM, eps=1e-6)

    def forward(self, images):
        patches = self.patches(images).flatten(2).transpose(1, 2)
        return self.norm(self.blocks(torch.cat([self.cls.expand(len(images), -1, -1), patches], 1) + self.positions))


teacher, student = Network(TEACHER_DEPTH).eval(), Network(DEPTH)
matrices = [parameter for parameter in student.parameters() if parameter.ndim > 1]
others = [parameter for parameter in student.parameters() if parameter.ndim == 1]
optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.03}, {"params": others, "weight_decay": 0}], lr=3e-4)
mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
pixels = torch.randint(0, 256, (BATCH, SIZE, SIZE, 3), dtype=torch.uint8)


def cosine(a, b):
    return 1 - F.cosine_similarity(a, b, dim=-1).mean()


def figures(begun):
    return {"seconds": time.perf_counter() - begun[0], "processor": time.process_time() - begun[1]}


def once():
    begun = time.perf_counter(), time.process_time()
    images = (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std
    with torch.no_grad():
        wanted = teacher(images)
    looked, between = figures(begun), (time.perf_counter(), time.process_time())
    made = student(images)
    loss = 2 * cosine(made[:, 0], wanted[:, 0]) + cosine(made[:, 1:], wanted[:, 1:])
    loss = loss + 0.3 * F.smooth_l1_loss(made[:, 0], wanted[:, 0]) + 0.3 * F.smooth_l1_loss(made[:, 1:], wanted[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(student.parameters(), 1.0)
    optimizer.step()
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"teacher": looked, "student": figures(between), "peak": peak}


once()
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "step":
        print(json.dumps(once()), flush=True)

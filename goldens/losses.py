"""DINOv2's training losses and its projection head (facebookresearch/dinov2, dinov2/loss, dinov2/layers), written out plainly."""

import torch
import torch.nn.functional as F
from torch import nn


class Prototypes(nn.Module):
    """A linear layer without bias whose rows have the length `weight_g` in the direction of `weight_v`."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight_g = nn.Parameter(torch.ones(outputs, 1))
        self.weight_v = nn.Parameter(torch.zeros(outputs, inputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight_g * self.weight_v / self.weight_v.norm(dim=1, keepdim=True))


class DinoHead(nn.Module):
    def __init__(self, dim: int, hidden: int, bottleneck: int, prototypes: int):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, bottleneck)
        )
        self.last_layer = Prototypes(bottleneck, prototypes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last_layer(F.normalize(self.mlp(x), dim=-1, eps=1e-12))


def sinkhorn(logits: torch.Tensor, temperature: float, iterations: int = 3) -> torch.Tensor:
    """Targets [rows][prototypes] whose rows sum to 1 and whose columns have equal shares."""
    q = torch.exp(logits / temperature)
    q = q / q.sum()
    rows, prototypes = q.shape
    for _ in range(iterations):
        q = q / q.sum(0, keepdim=True) / prototypes
        q = q / q.sum(1, keepdim=True) / rows
    return q * rows


def centered(logits: torch.Tensor, center: torch.Tensor, temperature: float) -> torch.Tensor:
    return ((logits - center) / temperature).softmax(-1)


def cross_entropy(student: torch.Tensor, targets: torch.Tensor, temperature: float = 0.1) -> torch.Tensor:
    """One number a row."""
    return -(targets * F.log_softmax(student / temperature, dim=-1)).sum(-1)


def koleo(x: torch.Tensor, eps: float = 1e-8) -> torch.Tensor:
    """The mean of -log of each row's distance to its nearest neighbor on the sphere (arXiv 1806.03198)."""
    unit = F.normalize(x, dim=-1, eps=eps)
    with torch.no_grad():
        nearest = (unit @ unit.T).fill_diagonal_(-1).argmax(1)
    distance = nn.PairwiseDistance(2, eps=eps)(unit, unit[nearest])
    return -torch.log(distance + eps).mean()


def ibot(student: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, images: int) -> torch.Tensor:
    """Masked patches' cross entropies, each weighed by 1 / the number of masked patches of its image."""
    return (cross_entropy(student, targets) * weights).sum() / images


def distillation(student: dict, teacher: dict) -> torch.Tensor:
    """2 (1 - cos cls) + (1 - cos patches) + .3 (smooth L1 of cls + of patches)."""
    apart = lambda part: (1 - F.cosine_similarity(student[part], teacher[part], dim=-1)).mean()
    smooth = lambda part: F.smooth_l1_loss(student[part], teacher[part])
    return 2 * apart("cls") + apart("patches") + 0.3 * (smooth("cls") + smooth("patches"))

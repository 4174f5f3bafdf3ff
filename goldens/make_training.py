"""Training's numbers: gradients of whole networks, losses with their gradients, optimizers, and short runs step by step.

    python make_training.py
"""

import copy

import torch
from torch import nn

from files import pixels, write, write_json
from losses import DinoHead, centered, cross_entropy, distillation, ibot, koleo, sinkhorn
from make_backbones import CARDS, backbone
from vit import Card, Vit, randomize

TEMPERATURE = 0.05
STUDENT = Card(dim=32, depth=2, heads=2, ffn="mlp", hidden=128, registers=0, grid=(5, 5))
TEACHER = Card(dim=48, depth=3, heads=3, ffn="mlp", hidden=192, registers=4, grid=(5, 5))
SETS = 3
#: Of the averaged network: enough to prove the average.
AVERAGED = ("backbone.cls_token", "backbone.blocks.1.attn.qkv.weight", "backbone.norm.bias")
RUN = {
    "positionGrid": list(STUDENT.grid),
    "steps": 3,
    "learningRates": [5e-4, 1e-3, 7e-4],
    "weightDecays": [0.04, 0.1, 0.2],
    "momenta": [0.99, 0.992, 0.994],
    "teacherTemperatures": [0.04, 0.05, 0.06],
}


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def made(module: nn.Module, seed: int) -> nn.Module:
    randomize(module, seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            # A key's bias changes no attention: its gradient is rounding noise, which Adam makes a step of. Weights are compared
            # relative to the largest of a tensor, so that these biases are large enough for such steps not to count.
            if name.endswith("qkv.bias"):
                parameter.mul_(10)
    return module


def gradients_of(loss: torch.Tensor, by: dict) -> dict:
    return dict(zip(by, torch.autograd.grad(loss, list(by.values()))))


def whole_networks() -> None:
    for name, card in CARDS.items():
        vit, images = backbone(name), pixels(31, 2, 70, 70)
        cls, patches = noise(32, 2, card.dim), noise(33, 2, 25, card.dim)
        out = vit(images)
        loss = (out["cls"] * cls).mean() + (out["patches"] * patches).mean()
        trained = {key: value for key, value in vit.named_parameters() if key != "mask_token"}
        found = {f"grad.{key}": value for key, value in gradients_of(loss, trained).items()}
        inputs = {"pixels": images, "cotangent.cls": cls, "cotangent.patches": patches}
        write(f"training/gradients-{name}.safetensors", {**inputs, "loss": loss.reshape(1), **found})


def losses() -> None:
    students = [(0.5 * noise(41 + i, 6, 40)).requires_grad_() for i in range(2)]
    teachers = [0.5 * noise(43 + i, 6, 40) for i in range(2)]
    targets = [sinkhorn(teacher, TEMPERATURE) for teacher in teachers]
    loss = sum(cross_entropy(student, target).mean() for student in students for target in targets)
    grads = torch.autograd.grad(loss, students)
    center, x = 0.3 * noise(45, 1, 40), noise(46, 6, 16).requires_grad_()
    numbers = {f"dino.student{i}": one for i, one in enumerate(students)}
    numbers |= {f"dino.teacher{i}": one for i, one in enumerate(teachers)}
    numbers |= {f"dino.sinkhorn{i}": one for i, one in enumerate(targets)}
    numbers |= {f"dino.grad{i}": one for i, one in enumerate(grads)}
    numbers |= {"dino.loss": loss.reshape(1), "dino.center": center}
    numbers |= {"dino.centered0": centered(teachers[0], center, TEMPERATURE)}
    numbers |= {"koleo.x": x, "koleo.loss": koleo(x).reshape(1), "koleo.grad": torch.autograd.grad(koleo(x), x)[0]}
    write("training/losses.safetensors", numbers)


def masked_patches() -> None:
    mask = torch.tensor([[1, 0, 1, 0, 0, 1, 0, 0, 0, 0], [0] * 9 + [1], [1, 1, 1, 0, 0, 1, 0, 0, 0, 1]], dtype=torch.uint8)
    count = int(mask.sum())
    weights = (1 / mask.sum(1, keepdim=True)).expand(mask.shape)[mask.bool()]
    student, teacher = (0.5 * noise(51, count, 24)).requires_grad_(), 0.5 * noise(52, count, 24)
    targets = sinkhorn(teacher, TEMPERATURE)
    loss = ibot(student, targets, weights, len(mask))
    numbers = {"mask": mask, "masksWeight": weights, "student": student, "teacher": teacher, "sinkhorn": targets}
    numbers |= {"loss": loss.reshape(1), "grad.student": torch.autograd.grad(loss, student)[0]}
    write("training/ibot.safetensors", numbers)


def head() -> None:
    module, x, cotangent = made(DinoHead(24, 32, 16, 40), 61), noise(62, 5, 24).requires_grad_(), noise(63, 5, 40)
    y = module(x)
    parameters = dict(module.named_parameters())
    found = gradients_of((y * cotangent).sum(), {"x": x, **parameters})
    numbers = {"x": x, "y": y, "cotangent": cotangent}
    numbers |= {f"weight.{key}": value for key, value in parameters.items()}
    write("training/dino-head.safetensors", numbers | {f"grad.{key}": value for key, value in found.items()})


def optimizers() -> None:
    initial, gradients = noise(71, 7, 5), noise(72, 10, 7, 5)
    numbers = {"initial": initial, "gradients": gradients}
    for name in ("adamw", "sgd"):
        parameter = nn.Parameter(initial.clone())
        if name == "adamw":
            optimizer = torch.optim.AdamW([parameter], lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.04)
        else:
            optimizer = torch.optim.SGD([parameter], lr=0.1, momentum=0.9, weight_decay=1e-4)
        steps = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
            steps.append(parameter.detach().clone())
        numbers[f"{name}.steps"] = torch.stack(steps)
    write("training/run-optimisers.safetensors", numbers)


def distill() -> None:
    """A student of another width: its tokens go through a linear projection that is trained along."""
    teacher = made(Vit(TEACHER), 81)
    student = nn.ModuleDict({"student": made(Vit(STUDENT), 82), "projection": made(nn.Linear(STUDENT.dim, TEACHER.dim), 83)})
    sets = [pixels(84 + i, 8, 56, 56) for i in range(SETS)]
    numbers = {f"set{i}.global": one for i, one in enumerate(sets)}
    numbers |= {f"teacher.{key}": value.clone() for key, value in teacher.state_dict().items()}
    numbers |= {f"initial.{key}": value.clone() for key, value in student.state_dict().items()}
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, weight_decay=0.03)
    found = []
    for index in range(RUN["steps"]):
        images = sets[index % SETS]
        with torch.no_grad():
            wanted = teacher(images)
        seen = student["student"](images)
        loss = distillation({part: student["projection"](seen[part]) for part in ("cls", "patches")}, wanted)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        found.append(loss.item())
    numbers["loss"] = torch.tensor(found)
    write("training/run-distil.safetensors", numbers | {f"final.{key}": value for key, value in student.state_dict().items()})


class Network(nn.ModuleDict):
    def __init__(self, card: Card, seed: int):
        super().__init__({"backbone": made(Vit(card), seed), "head": made(DinoHead(card.dim, 40, 16, 24), seed + 1)})


def dino_losses(student: Network, teacher: Network, batch: dict, temperature: float, centers: dict | None) -> dict:
    """All of DINOv2's losses of one batch: two global crops an image, first all first crops; local ones likewise."""
    mask, images = batch["mask"].bool(), batch["global"].shape[0] // 2
    with torch.no_grad():
        seen = teacher["backbone"](batch["global"])
        logits = {"cls": teacher["head"](seen["cls"]), "patches": teacher["head"](seen["patches"][mask])}
        if centers is None:
            targets = {part: sinkhorn(value, temperature) for part, value in logits.items()}
        else:
            targets = {part: centered(value, centers[part], temperature) for part, value in logits.items()}
            for part, value in logits.items():
                centers[part] = 0.9 * centers[part] + 0.1 * value.mean(0, keepdim=True)
    crops, local = student["backbone"](batch["global"], mask), student["backbone"](batch["local"])
    of_teacher = targets["cls"].split(images)
    of_local = student["head"](local["cls"]).split(images)
    terms = 2 + 2 * len(of_local)
    swapped = torch.cat([of_teacher[1], of_teacher[0]])
    weights = (1 / mask.sum(1, keepdim=True).clamp(min=1)).expand(mask.shape)[mask]
    return {
        "dino.local": sum(cross_entropy(one, target).mean() for one in of_local for target in of_teacher) / terms,
        "dino.global": 2 * cross_entropy(student["head"](crops["cls"]), swapped).mean() / terms,
        "koleo": 0.1 * sum(koleo(one) for one in crops["cls"].split(images)),
        "ibot": ibot(student["head"](crops["patches"][mask]), targets["patches"], weights, len(mask)),
    }


def dino_run(batches: list[dict], initial: Network, run: dict, kind: str) -> tuple[dict, Network, Network]:
    student, teacher = initial, copy.deepcopy(initial)
    decayed = [value for key, value in student.named_parameters() if value.dim() >= 2 and not key.endswith("bias")]
    kept = [value for key, value in student.named_parameters() if value.dim() < 2 or key.endswith("bias")]
    optimizer = torch.optim.AdamW([{"params": decayed}, {"params": kept, "weight_decay": 0.0}])
    centers = None if kind == "sinkhorn" else {"cls": torch.zeros(1, 24), "patches": torch.zeros(1, 24)}
    found: dict[str, list[float]] = {}
    for index in range(run["steps"]):
        parts = dino_losses(student, teacher, batches[index % len(batches)], run["teacherTemperatures"][index], centers)
        optimizer.param_groups[0]["weight_decay"] = run["weightDecays"][index]
        for group in optimizer.param_groups:
            group["lr"] = run["learningRates"][index]
        optimizer.zero_grad()
        total = sum(parts.values())
        total.backward()
        numbers = {"loss.total": total, **{f"loss.{key}": value for key, value in parts.items()}}
        for part in ("backbone", "head"):
            numbers[f"gradnorm.{part}"] = nn.utils.clip_grad_norm_(student[part].parameters(), 3.0)
        optimizer.step()
        with torch.no_grad():
            for own, new in zip(teacher.parameters(), student.parameters()):
                own.mul_(run["momenta"][index]).add_(new, alpha=1 - run["momenta"][index])
        for key, value in numbers.items():
            found.setdefault(key, []).append(float(value.detach()))
    return {key: torch.tensor(value) for key, value in found.items()}, student, teacher


def self_supervised() -> None:
    masks = [(torch.rand(8, 16, generator=torch.Generator().manual_seed(91 + i)) < 0.3).to(torch.uint8) for i in range(SETS)]
    for mask in masks:
        mask[::2] = 0
        mask[1::2, 0] = 1
    batches = [{"global": pixels(101 + i, 8, 56, 56), "local": pixels(111 + i, 8, 28, 28), "mask": masks[i]} for i in range(SETS)]
    for kind in ("sinkhorn", "centering"):
        initial = Network(STUDENT, 95)
        numbers = {f"set{i}.{key}": value for i, batch in enumerate(batches) for key, value in batch.items()}
        numbers |= {f"initial.{key}": value.clone() for key, value in initial.state_dict().items()}
        found, student, teacher = dino_run(batches, initial, RUN, kind)
        numbers |= found
        numbers |= {f"final.student.{key}": value for key, value in student.state_dict().items()}
        averaged = teacher.state_dict()
        numbers |= {f"final.teacher.{key}": averaged[key] for key in AVERAGED}
        write(f"training/run-dino-{kind}.safetensors", numbers)
    write_json("training/runs.json", {"dino": RUN})


def main() -> None:
    whole_networks()
    losses()
    masked_patches()
    head()
    optimizers()
    distill()
    self_supervised()


if __name__ == "__main__":
    main()

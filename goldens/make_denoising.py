"""Denoised self-distillation (arXiv 2505.21501, 2401.02957), written out plainly: targets, and ten steps of training by each option.

    python make_denoising.py

The teacher is the student that run-distil.safetensors begins with, and the images are those of its first set, so that
neither is written again. Of every trained tensor some numbers are written, at even distances.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from files import pixels, write
from make_training import STUDENT, made
from vit import PATCH, Card, Vit

IMAGES, GRID, PADDING, WINDOW, REGISTERS = 4, 4, 2, 5, 4
STEPS, RATE, DECAY, REGISTERS_FIRST = 10, 1e-3, 0.02, 4
#: Sides of the training windows in patches, in turn.
SIDES = (4, 3)
WRITTEN = 8
#: Upper left corners of the windows in the padded image, in patches.
OFFSETS = ((0, 0), (0, 3), (3, 0), (3, 3), (1, 2), (2, 1))


def look(vit: Vit, images: torch.Tensor, visible: torch.Tensor | None = None, key_bias: torch.Tensor | None = None) -> dict:
    """The network's pass with patches left out (visible: places kept, [batch][kept]) and a bias for every key [batch][1][1][tokens]."""
    image = ((images.float() / 255 - torch.tensor((0.485, 0.456, 0.406))) / torch.tensor((0.229, 0.224, 0.225))).permute(0, 3, 1, 2)
    batch, _, height, width = image.shape
    positions = vit.positions(height // PATCH, width // PATCH)
    patches = vit.patch_embed.proj(image).flatten(2).transpose(1, 2) + positions[:, 1:]
    if visible is not None:
        patches = torch.gather(patches, 1, visible[..., None].expand(-1, -1, patches.shape[-1]))
    first = (vit.cls_token + positions[:, :1]).expand(batch, -1, -1)
    if vit.card.registers > 0:
        first = torch.cat([first, vit.register_tokens.expand(batch, -1, -1)], 1)
    x = torch.cat([first, patches], 1)
    heads, cls = vit.card.heads, []
    for block in vit.blocks:
        q, k, v = block.attn.qkv(block.norm1(x)).reshape(batch, x.shape[1], 3, heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
        attention = (scores if key_bias is None else scores + key_bias).softmax(-1)
        x = x + block.ls1.gamma * block.attn.proj((attention @ v).transpose(1, 2).reshape(x.shape))
        x = x + block.ls2.gamma * block.mlp(block.norm2(x))
        cls.append(vit.norm(x)[:, 0])
    tokens = vit.norm(x)
    return {"cls": cls, "patches": tokens[:, first.shape[1] :], "attention": attention[:, :, 0, first.shape[1] :]}


@torch.no_grad()
def targets(teacher: Vit, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Patches [batch][rows][columns][dim] and the class token's attention [batch][heads][rows][columns], averaged over windows."""
    side = PADDING * PATCH
    padded = F.pad(images.permute(0, 3, 1, 2).float(), (side,) * 4, mode="reflect").permute(0, 2, 3, 1)
    total = GRID + 2 * PADDING
    near = torch.minimum(torch.arange(WINDOW), WINDOW - 1 - torch.arange(WINDOW))
    weight = (near[:, None] + near[None, :] >= WINDOW // 4).float()
    patches, attention = torch.zeros(len(images), total, total, STUDENT.dim), torch.zeros(len(images), STUDENT.heads, total, total)
    count = torch.zeros(total, total)
    for y, x in OFFSETS:
        window = padded[:, y * PATCH : (y + WINDOW) * PATCH, x * PATCH : (x + WINDOW) * PATCH]
        for flip in (False, True):
            seen = look(teacher, window.flip(2) if flip else window)
            p = seen["patches"].reshape(len(images), WINDOW, WINDOW, -1)
            a = seen["attention"].reshape(len(images), -1, WINDOW, WINDOW) * WINDOW**2
            p, a = (p.flip(2), a.flip(3)) if flip else (p, a)
            patches[:, y : y + WINDOW, x : x + WINDOW] += p * weight[..., None]
            attention[:, :, y : y + WINDOW, x : x + WINDOW] += a * weight
            count[y : y + WINDOW, x : x + WINDOW] += weight
    inner = slice(PADDING, PADDING + GRID)
    assert count[inner, inner].min() > 0
    return (patches / count[..., None])[:, inner, inner], (attention / count)[:, :, inner, inner]


def distance(x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (1 - F.cosine_similarity(x, target, dim=-1)).mean() + F.smooth_l1_loss(x, target)


def train(teacher: Vit, start: Vit, images: torch.Tensor, wanted: tuple, plan: dict, options: dict) -> tuple[torch.Tensor, torch.Tensor]:
    student = copy.deepcopy(start)
    trained = {name: value for name, value in student.named_parameters() if name != "mask_token"}
    groups = [
        {"params": [value], "weight_decay": DECAY if value.dim() > 1 and not name.endswith("bias") else 0.0, "name": name}
        for name, value in trained.items()
    ]
    optimizer, losses = torch.optim.AdamW(groups, lr=RATE), []
    for step in range(STEPS):
        side = SIDES[step % len(SIDES)]
        windows, tokens, maps = [], [], []
        for image, (y, x, flip) in enumerate(plan["windows"][step].tolist()):
            window = images[image, y * PATCH : (y + side) * PATCH, x * PATCH : (x + side) * PATCH]
            p, a = wanted[0][image, y : y + side, x : x + side], wanted[1][image, :, y : y + side, x : x + side]
            windows.append(window.flip(1) if flip else window)
            tokens.append((p.flip(1) if flip else p).flatten(0, 1))
            maps.append((a.flip(2) if flip else a).flatten(1))
        window, p, a = torch.stack(windows), torch.stack(tokens), torch.stack(maps)
        visible = plan[f"visible{side}"][step].long() if options.get("dropout") else None
        bias = None
        if options.get("corners") and plan["masked"][step]:
            at_edge = torch.zeros(side, dtype=torch.bool)
            at_edge[[0, -1]] = True
            corner = ((at_edge[:, None] & at_edge[None, :]).flatten() * -1e4).expand(IMAGES, -1)
            corner = corner if visible is None else torch.gather(corner, 1, visible)
            bias = torch.cat([torch.zeros(IMAGES, 1 + REGISTERS), corner], 1)[:, None, None]
        with torch.no_grad():
            of_teacher = look(teacher, window)["cls"]
        seen = look(student, window, visible, bias)
        if visible is not None:
            p = torch.gather(p, 1, visible[..., None].expand(-1, -1, p.shape[-1]))
            a = torch.gather(a, 2, visible[:, None].expand(-1, a.shape[1], -1))
        layers = options.get("layers", (STUDENT.depth,))
        join = lambda all_layers: torch.cat([all_layers[layer - 1] for layer in layers], -1)  # noqa: E731
        loss = distance(seen["patches"], p) + 0.5 * distance(join(seen["cls"]), join(of_teacher))
        if options.get("attention"):
            # Keys that nothing may look at are no part of what is wanted.
            a = a if bias is None else torch.where(bias[:, 0, :, 1 + REGISTERS :] < 0, 0, a)
            share, found = a / a.sum(-1, keepdim=True), seen["attention"]
            found = found / found.sum(-1, keepdim=True)
            loss = loss + options["attention"] * (share * (share.clamp(min=1e-8).log() - found.clamp(min=1e-8).log())).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        for name, value in trained.items():
            if name.endswith("qkv.bias"):
                # What it adds to a query's scores is the same for every key: its gradient is 0 but for rounding, of which Adam
                # would make whole steps.
                value.grad[STUDENT.dim : 2 * STUDENT.dim] = 0
        nn.utils.clip_grad_norm_(list(trained.values()), 1.0)
        for group in optimizer.param_groups:
            free = group["name"] == "register_tokens" or step >= options.get("registersFirst", 0)
            group["lr"] = RATE if free else 0.0
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses), torch.cat([some(value) for _, value in sorted(trained.items())])


def some(value: torch.Tensor) -> torch.Tensor:
    flat = value.detach().flatten()
    return flat[:: max(1, len(flat) // WRITTEN)][:WRITTEN]


def main() -> None:
    teacher = made(Vit(STUDENT), 82)
    images = pixels(84, 8, 56, 56)[:IMAGES]
    start = Vit(Card(**{**STUDENT.__dict__, "registers": REGISTERS}))
    start.load_state_dict(teacher.state_dict(), strict=False)
    generator = torch.Generator().manual_seed(141)
    with torch.no_grad():
        start.register_tokens.copy_(0.02 * torch.randn(start.register_tokens.shape, generator=generator))
    random = lambda high, *shape: torch.randint(0, high, shape, generator=generator, dtype=torch.uint8)  # noqa: E731
    windows = torch.cat([random(2, STEPS, IMAGES, 2), random(2, STEPS, IMAGES, 1)], -1)
    windows[::2, :, :2] = 0
    plan = {"windows": windows, "masked": torch.arange(STEPS) % 3 > 0}
    for side in SIDES:
        order = torch.rand(STEPS, IMAGES, side**2, generator=generator).argsort(-1)
        plan[f"visible{side}"] = order[..., : side**2 // 2].sort(-1).values.to(torch.uint8)
    wanted = targets(teacher, images)
    numbers = {"registers": start.register_tokens, "patches": wanted[0], "attention": wanted[1]}
    numbers |= {f"plan.{name}": value.to(torch.uint8) for name, value in plan.items()}
    runs = {
        "plain": {},
        "dropout": {"dropout": True},
        "corners": {"corners": True},
        "attention": {"attention": 0.3},
        "registersFirst": {"registersFirst": REGISTERS_FIRST},
        "classLayers": {"layers": (1, 2)},
        "all": {"dropout": True, "corners": True, "attention": 0.3, "registersFirst": REGISTERS_FIRST, "layers": (1, 2)},
    }
    for name, options in runs.items():
        numbers[f"{name}.losses"], numbers[f"{name}.weights"] = train(teacher, start, images, wanted, plan, options)
        print(name, [round(float(loss), 4) for loss in numbers[f"{name}.losses"]])
    write("training/denoising.safetensors", numbers)


if __name__ == "__main__":
    main()

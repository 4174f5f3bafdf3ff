"""Meta's heads (facebookresearch/dinov2, eval/) in PyTorch, written out plainly, with Meta's tensor names."""

import torch
import torch.nn.functional as F
from torch import nn

MIN_DEPTH, MAX_DEPTH, BINS = 0.001, 10.0, 256


class Named(nn.Module):
    """A module that only gives its parts a name."""

    def __init__(self, **parts: nn.Module):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


def conv(inputs: int, outputs: int, kernel: int, bias: bool = True, stride: int = 1) -> Named:
    return Named(conv=nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias))


def class_logits(linear: nn.Linear, cls: list[torch.Tensor], patches: torch.Tensor) -> torch.Tensor:
    """Normed class tokens of the chosen layers, then the mean of the last layer's patches."""
    return linear(torch.cat([*cls, patches.mean(1)], dim=-1))


class Segmentation(nn.Module):
    """BatchNorm, then a 1x1 convolution, on normed maps [batch][layers x dim][rows][columns]."""

    def __init__(self, channels: int, classes: int):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.conv_seg = nn.Conv2d(channels, classes, 1)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return self.conv_seg(self.bn(maps))


class LinearDepth(nn.Module):
    """Raw maps with their class tokens, four times as fine, one 1x1 convolution to bins, the expectation over them."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv_depth = nn.Conv2d(channels, BINS, 1)

    def forward(self, maps: list[torch.Tensor], cls: list[torch.Tensor]) -> torch.Tensor:
        joined = [torch.cat([one, token[:, :, None, None].expand_as(one)], 1) for one, token in zip(maps, cls)]
        fine = torch.cat([F.interpolate(one, scale_factor=4, mode="bilinear", align_corners=False) for one in joined], 1)
        weights = F.relu(self.conv_depth(fine)) + 0.1
        weights = weights / weights.sum(1, keepdim=True)
        bins = torch.linspace(MIN_DEPTH, MAX_DEPTH, BINS)
        return torch.einsum("bkhw,k->bhw", weights, bins).unsqueeze(1)


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = conv(channels, channels, 3, bias=False)
        self.conv2 = conv(channels, channels, 3, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2.conv(F.relu(self.conv1.conv(F.relu(x))))


class Fusion(nn.Module):
    def __init__(self, channels: int, first: bool):
        super().__init__()
        self.project = conv(channels, channels, 1)
        if not first:
            self.res_conv_unit1 = Residual(channels)
        self.res_conv_unit2 = Residual(channels)

    def forward(self, x: torch.Tensor, finer: torch.Tensor | None = None) -> torch.Tensor:
        if finer is not None:
            finer = F.interpolate(finer, size=x.shape[-2:], mode="bilinear", align_corners=False)
            x = x + self.res_conv_unit1(finer)
        x = F.interpolate(self.res_conv_unit2(x), scale_factor=2, mode="bilinear", align_corners=True)
        return self.project.conv(x)


class Dpt(nn.Module):
    """DPT (arXiv 2103.13413): four raw maps with their class tokens folded in, fused from the coarsest to the finest."""

    def __init__(self, dim: int, channels: int, widths: tuple[int, int, int, int]):
        super().__init__()
        self.reassemble_blocks = Named(
            projects=nn.ModuleList(conv(dim, width, 1) for width in widths),
            resize_layers=nn.ModuleList(
                [
                    nn.ConvTranspose2d(widths[0], widths[0], 4, 4),
                    nn.ConvTranspose2d(widths[1], widths[1], 2, 2),
                    nn.Identity(),
                    nn.Conv2d(widths[3], widths[3], 3, 2, 1),
                ]
            ),
            readout_projects=nn.ModuleList(nn.Sequential(nn.Linear(2 * dim, dim), nn.GELU()) for _ in widths),
        )
        self.convs = nn.ModuleList(conv(width, channels, 3, bias=False) for width in widths)
        self.fusion_blocks = nn.ModuleList(Fusion(channels, first=index == 0) for index in range(4))
        self.project = conv(channels, channels, 3)
        self.conv_depth = Named(
            head=nn.Sequential(
                nn.Conv2d(channels, channels // 2, 3, 1, 1),
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
                nn.Conv2d(channels // 2, 32, 3, 1, 1),
                nn.ReLU(),
                nn.Conv2d(32, 1, 1),
            )
        )

    def forward(self, maps: list[torch.Tensor], cls: list[torch.Tensor]) -> torch.Tensor:
        blocks, scales = self.reassemble_blocks, []
        for index, (one, token) in enumerate(zip(maps, cls)):
            flat = one.flatten(2).transpose(1, 2)
            folded = blocks.readout_projects[index](torch.cat([flat, token.unsqueeze(1).expand_as(flat)], -1))
            grid = folded.transpose(1, 2).reshape_as(one)
            scales.append(self.convs[index].conv(blocks.resize_layers[index](blocks.projects[index].conv(grid))))
        x = self.fusion_blocks[0](scales[3])
        for index in (1, 2, 3):
            x = self.fusion_blocks[index](x, scales[3 - index])
        return F.relu(self.conv_depth.head(F.relu(self.project.conv(x)))) + MIN_DEPTH

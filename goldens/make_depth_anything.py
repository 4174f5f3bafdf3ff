"""Depth models with a DINOv2 inside: Depth Anything V2 and 3, and transformers' DPT on DINOv2, small and with random weights.

    python make_depth_anything.py

The references are transformers' DepthAnythingForDepthEstimation and DPTForDepthEstimation with their processors, OpenCV's resize,
and the wheel depth-anything-3 (install it with --no-deps; of what it asks for, addict, einops and imageio are enough). Depth Anything V2's
own network is written out here by its names; on the stored grid of positions it must agree with transformers'.
"""

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTConfig, DPTForDepthEstimation
from transformers.models.dpt.image_processing_dpt import DPTImageProcessor, get_resize_output_image_size
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from files import NUMBERS, pixels, write, write_json
from heads import Named
from vit import MEAN, PATCH, STD, Card, Vit, hugging_face_names, normalize, randomize

CARD = Card(dim=8, depth=4, heads=2, ffn="mlp", hidden=32, registers=0, grid=(4, 4))
WIDTHS, FEATURES, HIDDEN = (2, 3, 4, 5), 4, 3
FOLDER = "depth-anything"
#: height and width of images, none a multiple of a patch
IMAGES = [(31, 43), (50, 37)]
#: Side that the small model's processor resizes to; the published ones have 518.
SIDE = 70


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


class Refine(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.out_conv = nn.Conv2d(channels, channels, 1)
        self.resConfUnit1 = Residual(channels)
        self.resConfUnit2 = Residual(channels)

    def forward(self, x: torch.Tensor, finer: torch.Tensor | None, size: tuple[int, int]) -> torch.Tensor:
        x = x if finer is None else x + self.resConfUnit1(finer)
        return self.out_conv(F.interpolate(self.resConfUnit2(x), size=size, mode="bilinear", align_corners=True))


class Head(nn.Module):
    """Depth Anything V2's head, by its names (DepthAnything/Depth-Anything-V2, depth_anything_v2/dpt.py); the last layer's logits."""

    def __init__(self):
        super().__init__()
        a, b, _, d = WIDTHS
        self.projects = nn.ModuleList(nn.Conv2d(CARD.dim, width, 1) for width in WIDTHS)
        self.resize_layers = nn.ModuleList(
            [nn.ConvTranspose2d(a, a, 4, 4), nn.ConvTranspose2d(b, b, 2, 2), nn.Identity(), nn.Conv2d(d, d, 3, 2, 1)]
        )
        parts = {f"layer{i + 1}_rn": nn.Conv2d(width, FEATURES, 3, 1, 1, bias=False) for i, width in enumerate(WIDTHS)}
        parts |= {f"refinenet{i}": Refine(FEATURES) for i in (1, 2, 3, 4)}
        parts["output_conv1"] = nn.Conv2d(FEATURES, FEATURES // 2, 3, 1, 1)
        parts["output_conv2"] = nn.Sequential(nn.Conv2d(FEATURES // 2, HIDDEN, 3, 1, 1), nn.ReLU(), nn.Conv2d(HIDDEN, 1, 1))
        self.scratch = Named(**parts)

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        own = self.scratch
        scales = [
            getattr(own, f"layer{i + 1}_rn")(self.resize_layers[i](self.projects[i](one))) for i, one in enumerate(maps)
        ]
        x = None
        for i in (3, 2, 1, 0):
            size = scales[i - 1].shape[2:] if i > 0 else [2 * side for side in scales[0].shape[2:]]
            block = getattr(own, f"refinenet{i + 1}")
            x = block(scales[3], None, size) if x is None else block(x, scales[i], size)
        rows, columns = maps[0].shape[2:]
        x = F.interpolate(own.output_conv1(x), size=(rows * PATCH, columns * PATCH), mode="bilinear", align_corners=True)
        return own.output_conv2(x)


def original() -> nn.Module:
    """Backbone `pretrained` and head `depth_head`, as a .pth of Depth Anything V2 has them."""
    model = Named(pretrained=Vit(CARD), depth_head=Head()).eval()
    randomize(model.pretrained, 21)
    randomize(model.depth_head, 22)
    spread(model.depth_head.scratch.output_conv2[2], lambda: features(model, normalize(pixels(1, 1, 70, 98))), 0.6, 2)
    return model


def spread(last: nn.Module, logits: Callable[[], torch.Tensor], deviation: float, mean: float) -> None:
    """Scales the last layer so that its logits differ, and lie where neither ReLU nor a sigmoid makes them one."""
    last.weight.mul_(deviation / logits().std())
    last.bias.add_(mean - logits().mean())


def rounded(model: nn.Module) -> dict[str, torch.Tensor]:
    """Rounds a model's weights to 16 bits, in place: small files. The sums stay in 32."""
    for parameter in model.parameters():
        parameter.copy_(parameter.half().float())
    return {name: value.half() for name, value in model.state_dict().items()}


def features(model: nn.Module, image: torch.Tensor) -> torch.Tensor:
    """Logits [1][1][height][width] of the network, for normalized floats [1][3][height][width]."""
    rows, columns = image.shape[2] // PATCH, image.shape[3] // PATCH
    layers = [model.pretrained.norm(layer)[:, 1:] for layer in model.pretrained(image)["layers"]]
    return model.depth_head([layer.transpose(1, 2).unflatten(2, (rows, columns)) for layer in layers])


def by_opencv(image: np.ndarray, width: int, height: int) -> torch.Tensor:
    """Depth Anything V2's way to the input: cubic on floats in 0-1, then mean and deviation."""
    floats = cv2.resize(image / 255.0, (width, height), interpolation=cv2.INTER_CUBIC)
    return torch.from_numpy(((floats - np.array(MEAN)) / np.array(STD)).astype(np.float32)).permute(2, 0, 1)[None]


def least_side(width: int, height: int, side: int = 518) -> tuple[int, int]:
    """Depth Anything V2's size of the input: both sides at least 518, to the nearest multiples of a patch."""
    scale = max(side / width, side / height)

    def multiple(length: float) -> int:
        near = int(np.round(length / PATCH) * PATCH)
        return int(np.ceil(length / PATCH) * PATCH) if near < side else near

    return multiple(scale * width), multiple(scale * height)


def corners(map: torch.Tensor, height: int, width: int) -> torch.Tensor:
    return F.interpolate(map, size=(height, width), mode="bilinear", align_corners=True)[0, 0]


def write_original() -> nn.Module:
    model = original()
    target = NUMBERS / FOLDER / "depth_anything_v2_vits.pth"
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(rounded(model), target)
    numbers = {}
    for height, width in IMAGES:
        image, name = pixels(height * width, 1, height, width), f"{width}x{height}"
        numbers[f"{name}.pixels"] = image
        # One is enlarged to the published size, and one is made smaller.
        size = least_side(width, height) if (height, width) == IMAGES[0] else (42, 28)
        for label in ("whole" if (height, width) == IMAGES[0] else "42x28",):
            logits = features(model, by_opencv(image[0].numpy(), *size))
            numbers[f"{name}.{label}.disparity"] = corners(F.relu(logits), height, width)
            if label == "whole":
                numbers[f"{name}.{label}.meters"] = corners(torch.sigmoid(logits) * 20, height, width)
    write(f"{FOLDER}/original.safetensors", numbers)
    return model


def write_resizes() -> None:
    """OpenCV's cubic on floats, times 255 for bytes' units, and the sizes of inputs."""
    numbers = {}
    for height, width, to in [(7, 9, (14, 28)), (45, 31, (14, 14)), (33, 5, (5, 20)), (1, 3, (14, 7))]:
        image = pixels(height + width, 1, height, width)
        name = f"{width}x{height}.{to[0]}x{to[1]}"
        numbers[f"{name}.pixels"] = image
        numbers[f"{name}.floats"] = 255 * cv2.resize(image[0].numpy() / 255.0, to, interpolation=cv2.INTER_CUBIC)
    write(f"{FOLDER}/opencv.safetensors", numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from depth_anything_3.utils.io.input_processor import InputProcessor
    numbers = {}
    # Shrunk by area or enlarged; then shrunk by area, enlarged, or left as it is. Two of them by whole factors.
    for width, height in [(49, 35), (31, 52), (56, 42), (84, 42), (56, 28), (32, 25), (10, 7), (15, 28), (70, 25), (150, 45)]:
        image = pixels(height + width, 1, height, width)
        steps = InputProcessor()
        once = steps._resize_image(Image.fromarray(image[0].numpy()), 28, "upper_bound_resize")
        numbers[f"{width}x{height}.pixels"] = image
        numbers[f"{width}x{height}.twice"] = torch.from_numpy(np.array(steps._make_divisible_by_resize(once, PATCH)))
    write(f"{FOLDER}/opencv-twice.safetensors", numbers)
    random = np.random.default_rng(5)
    sides = [(740, 990), (990, 740), (74, 99), (518, 518), (517, 519), (640, 480), (4032, 3024), (100, 900), (1, 1)]
    sides += [tuple(int(side) for side in random.integers(20, 3000, 2)) for _ in range(40)]
    sizes = []
    for width, height in sides:
        theirs = get_resize_output_image_size(torch.zeros(1, height, width), (518, 518), True, PATCH)
        sizes.append({"image": [width, height], "least": least_side(width, height), "nearest": [theirs.width, theirs.height]})
    write_json(f"{FOLDER}/sizes.json", {"side": 518, "sizes": sizes})


def neck_names(own: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Depth Anything V2's names of a head as transformers has them."""
    named = {}
    for name, value in own.items():
        part, rest = name.removeprefix("depth_head.").split(".", 1)
        if part == "projects":
            index, kind = rest.split(".")
            to = f"neck.reassemble_stage.layers.{index}.projection.{kind}"
        elif part == "resize_layers":
            index, kind = rest.split(".")
            to = f"neck.reassemble_stage.layers.{index}.resize.{kind}"
        elif "_rn." in rest:
            to = f"neck.convs.{int(rest[5]) - 1}.weight"
        elif rest.startswith("refinenet"):
            block, unit = rest.split(".", 1)
            unit = unit.replace("out_conv", "projection").replace("resConfUnit", "residual_layer").replace("conv", "convolution")
            to = f"neck.fusion_stage.layers.{4 - int(block[-1])}.{unit}"
        else:
            to = rest.replace("output_conv1", "head.conv1").replace("output_conv2.0", "head.conv2").replace("output_conv2.2", "head.conv3")
        named[to] = value
    return named


def backbone_config(normed: bool) -> Dinov2Config:
    return Dinov2Config(
        hidden_size=CARD.dim,
        num_hidden_layers=CARD.depth,
        num_attention_heads=CARD.heads,
        mlp_ratio=4,
        image_size=CARD.grid[0] * PATCH,
        patch_size=PATCH,
        layer_norm_eps=1e-6,
        out_indices=[1, 2, 3, 4],
        apply_layernorm=normed,
        reshape_hidden_states=False,
        attn_implementation="eager",
    )


def save(model: nn.Module, folder: str, processor: object, **changes: object) -> None:
    target = NUMBERS / folder
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        weights = rounded(model)
        model.save_pretrained(temporary)
        save_file(weights, target / "model.safetensors", {"format": "pt"})
        config = json.loads((Path(temporary) / "config.json").read_text()) | changes
        processor.save_pretrained(temporary)
        found = next(path for path in (Path(temporary) / "preprocessor_config.json", Path(temporary) / "processor_config.json") if path.exists())
        write_json(f"{folder}/config.json", config)
        write_json(f"{folder}/preprocessor_config.json", json.loads(found.read_text()))


def write_hugging_face(model: nn.Module) -> None:
    own = {name: value for name, value in model.state_dict().items()}
    options = dict(size={"height": SIDE, "width": SIDE}, keep_aspect_ratio=True, ensure_multiple_of=PATCH, image_mean=MEAN, image_std=STD)
    processor, floats = DPTImageProcessorPil(**options), DPTImageProcessor(**options)
    numbers = {}
    for height, width in IMAGES[:1]:
        numbers[f"{width}x{height}.pixels"] = pixels(height * width, 1, height, width)
    config = DepthAnythingConfig(
        backbone_config=backbone_config(normed=True),
        reassemble_hidden_size=CARD.dim,
        neck_hidden_sizes=list(WIDTHS),
        fusion_hidden_size=FEATURES,
        head_hidden_size=HIDDEN,
        depth_estimation_type="metric",
        max_depth=20,
    )
    theirs = DepthAnythingForDepthEstimation(config).eval()
    known = set(theirs.state_dict())
    backbone = hugging_face_names(model.pretrained, {name.removeprefix("backbone.") for name in known})
    head = neck_names({name: value for name, value in own.items() if name.startswith("depth_head.")})
    theirs.load_state_dict({f"backbone.{name}": value for name, value in backbone.items()} | head, strict=True)
    image = normalize(pixels(3, 1, *(PATCH * side for side in CARD.grid)))
    assert (theirs(image).predicted_depth - torch.sigmoid(features(model, image))[:, 0] * 20).abs().max() < 1e-4
    save(theirs, f"{FOLDER}/huggingface", processor)
    for height, width in IMAGES[:1]:
        image = Image.fromarray(numbers[f"{width}x{height}.pixels"][0].numpy())
        for label, one in (("pillow", processor), ("torchvision", floats)):
            out = theirs(one(images=image, return_tensors="pt")["pixel_values"])
            post = one.post_process_depth_estimation(out, [(height, width)])[0]["predicted_depth"]
            numbers[f"{width}x{height}.{label}"] = post
    write(f"{FOLDER}/huggingface.safetensors", numbers)


def write_dpt(model: nn.Module, name: str, readout: str) -> None:
    """transformers' DPT on DINOv2, as Meta's depth models were converted: raw layers with their class tokens, images padded."""
    config = DPTConfig(
        backbone_config=backbone_config(normed=False),
        is_hybrid=False,
        neck_hidden_sizes=list(WIDTHS),
        fusion_hidden_size=FEATURES,
        readout_type=readout,
        use_batch_norm_in_fusion_residual=False,
        use_bias_in_fusion_residual=False,
        add_projection=False,
        head_in_index=-1,
    )
    theirs = DPTForDepthEstimation(config).eval()
    # The class has 256 channels here, whatever the others: too many for a small file.
    theirs.head.projection = nn.Conv2d(FEATURES, FEATURES, 3, 1, 1)
    randomize(theirs, 23)
    backbone = hugging_face_names(model.pretrained, {name.removeprefix("backbone.") for name in theirs.state_dict()})
    theirs.load_state_dict({f"backbone.{name}": value for name, value in backbone.items()}, strict=False)
    found = []
    theirs.head.head[4].register_forward_hook(lambda _, __, output: found.append(output))

    def logits() -> torch.Tensor:
        theirs(normalize(pixels(1, 1, 70, 98)))
        return found.pop()

    spread(theirs.head.head[4], logits, 0.6, 2.5)
    processor = DPTImageProcessorPil(
        do_resize=False,
        do_rescale=False,
        do_pad=True,
        size_divisor=PATCH,
        image_mean=[255 * value for value in MEAN],
        image_std=[255 * value for value in STD],
    )
    save(theirs, f"{FOLDER}/{name}", processor, add_projection=True)
    numbers = {}
    for height, width in IMAGES[1:]:
        image = pixels(height * width, 1, height, width)
        out = theirs(processor(images=Image.fromarray(image[0].numpy()), return_tensors="pt")["pixel_values"])
        numbers[f"{width}x{height}.pixels"] = image
        numbers[f"{width}x{height}.depth"] = processor.post_process_depth_estimation(out, [(height, width)])[0]["predicted_depth"]
    write(f"{FOLDER}/{name}.safetensors", numbers)


def write_third() -> None:
    """Depth Anything 3's network of one image, Mono and Metric: the wheel's own classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from depth_anything_3.model.da3 import DepthAnything3Net
        from depth_anything_3.model.dinov2.vision_transformer import DinoVisionTransformer
        from depth_anything_3.model.dpt import DPT

    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.pretrained = DinoVisionTransformer(
                img_size=56, patch_size=PATCH, embed_dim=CARD.dim, depth=CARD.depth, num_heads=CARD.heads, mlp_ratio=4, qkv_bias=True, cat_token=False
            )

        def forward(self, x: torch.Tensor, **_: object):
            return self.pretrained.get_intermediate_layers(x, [0, 1, 2, 3])

    head = DPT(CARD.dim, features=FEATURES, out_channels=WIDTHS)
    net = Named(model=Named(backbone=Backbone(), head=head)).eval()
    randomize(net.model.backbone, 24)
    randomize(net.model.head, 25)
    run = DepthAnything3Net(net.model.backbone, net.model.head).eval()
    # Tokens of little variance, so that the last LayerNorm's epsilon of 1e-5 shows.
    vit = net.model.backbone.pretrained
    for name, parameter in vit.named_parameters():
        if name.startswith(("cls", "pos", "patch")) or name.endswith("gamma"):
            parameter.mul_(0.02)
    image = normalize(pixels(1, 1, 70, 98))[None]

    def outputs() -> dict:
        return head(net.model.backbone(image)[0], 70, 98, patch_start_idx=0)

    spread(head.scratch.output_conv2[2], lambda: outputs().depth.log(), 0.5, 0)
    # A third of the image is sky: above .3.
    sky = head.scratch.sky_output_conv2[2]
    sky.bias.add_(1)
    sky.bias.add_(0.3 - outputs().sky.quantile(0.7))
    write(f"{FOLDER}/da3/model.safetensors", rounded(net))
    write_json(f"{FOLDER}/da3/config.json", {"model_name": "da3metric-large"})
    numbers = {}
    for height, width in [(42, 56)]:
        image = pixels(height + width, 1, height, width)
        out = run(normalize(image)[None])
        numbers[f"{width}x{height}.pixels"] = image
        numbers[f"{width}x{height}.sky"] = head(net.model.backbone(normalize(image)[None])[0], height, width, patch_start_idx=0).sky[0, 0]
        numbers[f"{width}x{height}.depth"] = out.depth[0, 0]
        assert 0.05 < float((numbers[f"{width}x{height}.sky"] >= 0.3).float().mean()) < 0.9
    write(f"{FOLDER}/da3.safetensors", numbers)


@torch.no_grad()
def main() -> None:
    model = write_original()
    write_resizes()
    write_hugging_face(model)
    for name, readout in (("dpt-dinov2", "project"), ("dpt-add", "add")):
        write_dpt(model, name, readout)
    write_third()


if __name__ == "__main__":
    main()

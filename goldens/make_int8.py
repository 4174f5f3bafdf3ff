"""Networks in 8 bits, computed a second time: the embedded model by its own calibration, and a small one with SwiGLU and registers.

    python make_int8.py

The arithmetic is numpy's alone. Weights, activations and products follow ONNX's DynamicQuantizeLinear and MatMulInteger, smoothing follows
SmoothQuant (arXiv 2211.10438). What is not in 8 bits is computed in float64 and rounded to float32 after each operator.

A number that lies between two levels goes to one or the other by the rounding of a float before it. So that no answer hangs on that, the
rows and the images are those of many seeds whose numbers lie farthest from any middle between levels: see `distance` and `steady_image`. Larger images have too many numbers for that.
"""

import hashlib
import math
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file

from files import NUMBERS, pixels, write, write_json
from make_backbones import CARDS
from vit import MEAN, STD, Card

F = np.float32
ASSETS = Path(__file__).parent.parent / "packages/model-tiny/assets"
PATCH = 14
#: share of the spread of inputs that goes over to the weights
SHARES = {"facets": 0.65, "projection": 0.5, "inner": 0.75, "outer": 0.65}
ROLES = {"facets": ("query", "key", "value"), "projection": ("projection",), "inner": ("inner",), "outer": ("outer",)}
TINY = Card(dim=192, depth=12, heads=3, ffn="mlp", hidden=768, registers=0, grid=(16, 16))
LEAST = 1e-5
#: seeds that rows and images are chosen from
SEEDS = 300
#: what an engine's streams may be off by its own rounding, and how often it is tried
NOISE, TRIALS = 1e-6, 20
#: groups that stay in float32 in the small network
STAYS = ("block2.outer", "block3.facets")
#: groups whose levels are kept, by a layer of each, and which tokens of a large image are
LOOKED_AT = {"block3.query": "facets", "block4.inner": "inner"}
EVERY = 16
gelu_half = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))


def wide(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float64)


class Levels:
    """Rows brought to 256 levels, which they share: DynamicQuantizeLinear."""

    def __init__(self, x: np.ndarray):
        low, high = min(x.min(), F(0)), max(x.max(), F(0))
        self.step = F(1) if low == high else F(high - low) / F(255)
        zero = np.clip(-low / self.step, 0, 255)
        self.zero = np.rint(zero)
        steps = x / self.step
        assert steps.dtype == F
        self.values = np.clip(np.rint(steps) + self.zero, 0, 255) - self.zero
        #: of the number that is nearest to the middle between two levels, in levels; 0 is a level
        self.distance = min(0.5 - np.abs(wide(each) - np.rint(wide(each))).max() for each in (steps, zero))


class Matrix:
    """Rows [out][in] of whole numbers from -127 to 127 times a scale of their own."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray):
        scales = np.abs(wide(weight)).max(axis=1) / 127
        scales[scales == 0] = 1
        steps = wide(weight) / scales[:, None]
        # Between two levels there is none, so that the rule for it does not matter.
        assert np.abs(np.abs(steps - np.floor(steps)) - 0.5).min() > 1e-9
        self.values, self.scales, self.bias = np.rint(steps).astype(np.int8), scales.astype(F), bias

    def times(self, x: Levels) -> np.ndarray:
        sums = x.values.astype(np.int64) @ self.values.astype(np.int64).T
        assert np.abs(sums).max() < 2**31
        return sums.astype(F) * (x.step * self.scales) + self.bias


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return (wide(x) @ wide(weight).T + bias).astype(F)


def norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    centered = wide(x) - wide(x).mean(axis=-1, keepdims=True)
    return (centered / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + 1e-6) * weight + bias).astype(F)


def attend(query: np.ndarray, key: np.ndarray, value: np.ndarray, heads: int) -> np.ndarray:
    q, k, v = (wide(x).reshape(len(x), heads, -1).transpose(1, 0, 2) for x in (query, key, value))
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return (shares @ v).transpose(1, 0, 2).reshape(query.shape).astype(F)


def activate(x: np.ndarray, ffn: str) -> np.ndarray:
    if ffn == "mlp":
        return (wide(x) * gelu_half(wide(x))).astype(F)
    gate, value = np.split(wide(x), 2, axis=-1)
    return (gate / (1 + np.exp(-gate)) * value).astype(F)


class Block:
    """A block by Meta's parameters; in 8 bits where it has the largest inputs of its groups, but for those that stay."""

    def __init__(self, card: Card, of: dict, largest: dict | None = None, stays: tuple = ()):
        self.card, self.matrices, self.factors = card, {}, None
        qkv, bias = np.split(of["attn.qkv.weight"], 3), np.split(of["attn.qkv.bias"], 3)
        inner, outer = ("mlp.fc1", "mlp.fc2") if card.ffn == "mlp" else ("mlp.w12", "mlp.w3")

        def scaled(name: str, gamma: str) -> tuple:
            factor = of.get(gamma, F(1))
            return (of[f"{name}.weight"].T * factor).T, of[f"{name}.bias"] * factor

        self.layers = dict(zip(ROLES["facets"], zip(qkv, bias)))
        self.layers |= {"projection": scaled("attn.proj", "ls1.gamma"), "outer": scaled(outer, "ls2.gamma")}
        for role, name in (("inner", inner), ("norm1", "norm1"), ("norm2", "norm2")):
            self.layers[role] = of[f"{name}.weight"], of[f"{name}.bias"]
        if largest is not None:
            self.smooth({group: largest[group] for group in ROLES if group not in stays})

    def smooth(self, largest: dict) -> None:
        plain = dict(self.layers)
        by = {}
        for group, inputs in largest.items():
            columns = np.max([np.abs(plain[role][0]).max(axis=0) for role in ROLES[group]], axis=0)
            columns, inputs = np.maximum(wide(columns), LEAST), np.maximum(wide(inputs), LEAST)
            by[group] = np.maximum(LEAST, inputs ** SHARES[group] / columns ** (1 - SHARES[group])).astype(F)
            for role in ROLES[group]:
                weight, bias = self.layers[role]
                self.layers[role] = weight * by[group], bias
        for group, role in (("facets", "norm1"), ("projection", "value"), ("inner", "norm2")):
            if group in by:
                weight, bias = self.layers[role]
                self.layers[role] = (weight.T / by[group]).T, bias / by[group]
        if "outer" in by:
            self.factors = F(1) / by["outer"]
        assert all(each.dtype == F for layer in self.layers.values() for each in layer)
        self.matrices = {role: Matrix(*self.layers[role]) for group in largest for role in ROLES[group]}

    def group(self, name: str, x: np.ndarray, seen: dict) -> list[np.ndarray]:
        """The layers of a group of one input; `seen` gets the group's input and levels."""
        roles = ROLES[name]
        if roles[0] not in self.matrices:
            seen[name] = {"input": x}
            return [linear(x, *self.layers[role]) for role in roles]
        levels = Levels(x * self.factors if name == "outer" else x)
        seen[name] = {"input": x, "levels": levels}
        return [self.matrices[role].times(levels) for role in roles]

    def __call__(self, x: np.ndarray, seen: dict) -> np.ndarray:
        query, key, value = self.group("facets", norm(x, *self.layers["norm1"]), seen)
        x = x + self.group("projection", attend(query, key, value, self.card.heads), seen)[0]
        inner = self.group("inner", norm(x, *self.layers["norm2"]), seen)[0]
        return x + self.group("outer", activate(inner, self.card.ffn), seen)[0]


def cubic(x: np.ndarray, a: float) -> np.ndarray:
    x = np.abs(x)
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, ((x - 5) * x + 8) * a * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def sampling(own: int, wanted: int, antialias: bool) -> np.ndarray:
    """PyTorch's bicubic interpolation of an axis, [wanted][own]; without antialiasing by Meta's offset of .1."""
    matrix = np.zeros((wanted, own))
    if own == wanted:
        return np.eye(own)
    step = own / wanted if antialias else own / (wanted + 0.1)
    for row, center in enumerate((np.arange(wanted) + 0.5) * step):
        if antialias:
            spread = max(step, 1)
            matrix[row] = cubic((np.arange(own) + 0.5 - center) / spread, -0.5)
            matrix[row] /= matrix[row].sum()
        else:
            first = math.floor(center - 0.5)
            for tap in range(first - 1, first + 3):
                matrix[row, min(max(tap, 0), own - 1)] += cubic(np.array(center - 0.5 - tap), -0.75)
    return matrix


class Network:
    def __init__(self, card: Card, of: dict, largest: dict | None = None, stays: tuple = ()):
        self.card, self.of, self.blocks = card, of, []
        for index in range(card.depth):
            own = {name.removeprefix(f"blocks.{index}."): value for name, value in of.items() if name.startswith(f"blocks.{index}.")}
            at = f"block{index + 1}."
            if largest is None:
                self.blocks.append(Block(card, own))
                continue
            inputs = {name.removeprefix(at): value for name, value in largest.items() if name.startswith(at)}
            self.blocks.append(Block(card, own, inputs, tuple(name.removeprefix(at) for name in stays if name.startswith(at))))

    def embed(self, image: np.ndarray) -> np.ndarray:
        rows, columns = image.shape[0] // PATCH, image.shape[1] // PATCH
        values = (wide(image) / 255 - np.array(MEAN)) / np.array(STD)
        cut = values.reshape(rows, PATCH, columns, PATCH, 3).transpose(0, 2, 4, 1, 3).reshape(rows * columns, -1)
        weight = wide(self.of["patch_embed.proj.weight"]).reshape(self.card.dim, -1)
        stored = wide(self.of["pos_embed"][0, 1:]).reshape(*self.card.grid, -1)
        down, across = (sampling(own, wanted, self.card.registers > 0) for own, wanted in zip(self.card.grid, (rows, columns)))
        positions = np.einsum("ij,jkd,lk->ild", down, stored, across).reshape(rows * columns, -1)
        patches = cut @ weight.T + self.of["patch_embed.proj.bias"] + positions
        cls = wide(self.of["cls_token"][0]) + self.of["pos_embed"][0, :1]
        return np.concatenate([cls, *([self.of["register_tokens"][0]] if self.card.registers > 0 else []), patches]).astype(F)

    def __call__(self, image: np.ndarray, random: np.random.Generator | None = None) -> tuple[list, list]:
        """The stream before and after each block, and what each block's groups saw; streams are moved by noise where there is a generator."""

        def moved(x: np.ndarray) -> np.ndarray:
            return x if random is None else (x + NOISE * random.standard_normal(x.shape)).astype(F)

        streams, seen = [moved(self.embed(image))], []
        for block in self.blocks:
            seen.append({})
            streams.append(moved(block(streams[-1], seen[-1])))
        return streams, seen

    def tokens(self, stream: np.ndarray) -> np.ndarray:
        return norm(stream, self.of["norm.weight"], self.of["norm.bias"])


def distance(seen: dict) -> float:
    return min(each["levels"].distance for each in seen.values() if "levels" in each)


def digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def digests(network: Network) -> dict:
    """Of each matrix in 8 bits: its levels [in][out] and its scales; of outer layers also what their input is multiplied by."""
    found = {}
    for index, block in enumerate(network.blocks, 1):
        for role, matrix in block.matrices.items():
            found[f"block{index}.{role}.weight"] = {
                "levels": digest(matrix.values.T),
                "scales": digest(matrix.scales),
                **({"factors": digest(block.factors)} if role == "outer" else {}),
            }
    return found


def layers(block: Block, largest: dict) -> dict:
    """Of each group: three rows of float16, and what its layers make of them."""
    numbers = {}
    for group in ROLES:
        best = None
        for seed in range(SEEDS):
            random = np.random.default_rng(seed)
            x = (random.standard_normal((3, len(largest[group]))) * largest[group] / 3).astype(np.float16).astype(F)
            seen: dict = {}
            made = block.group(group, x, seen)
            if best is None or distance(seen) > best[0]:
                best = (distance(seen), x, made)
        print(group, "distance", best[0])
        numbers[f"{ROLES[group][0]}.x"] = best[1]
        numbers |= {role: y for role, y in zip(ROLES[group], best[2])}
    return numbers


def blocks(network: Network, size: tuple[int, int]) -> dict:
    """Of each block with layers in 8 bits: the stream before and after it, of the image that is best for that block."""
    best: dict = {}
    for seed in range(SEEDS):
        streams, seen = network(pixels(seed, 1, *size)[0].numpy())
        for index, block in enumerate(network.blocks):
            if block.matrices and (index not in best or distance(seen[index]) > best[index][0]):
                best[index] = (distance(seen[index]), streams[index], streams[index + 1])
    print("distances of blocks:", {index + 1: float(found[0]) for index, found in sorted(best.items())})
    return {f"block{index + 1}.{name}": value for index, (_, *both) in sorted(best.items()) for name, value in zip(("x", "y"), both)}


def steady_image(network: Network, size: tuple[int, int]) -> np.ndarray:
    """Of the images of some seeds, from the one farthest from any middle on, the first whose levels all stay when streams are moved."""

    def levels(image: np.ndarray, random: np.random.Generator | None = None) -> list[Levels]:
        return [each["levels"] for seen in network(image, random)[1] for each in seen.values() if "levels" in each]

    def steady(image: np.ndarray) -> bool:
        own = levels(image)
        tries = (levels(image, np.random.default_rng(seed)) for seed in range(TRIALS))
        return all(np.array_equal(a.values, b.values) for each in tries for a, b in zip(own, each))

    images = [pixels(seed, 1, *size)[0].numpy() for seed in range(SEEDS)]
    images.sort(key=lambda image: -min(each.distance for each in levels(image)))
    return next(image for image in images if steady(image))


def curves(height: int, width: int) -> np.ndarray:
    """An image by a formula; the same in golden-int8.test.ts."""
    y, x, channel = np.mgrid[:height, :width, :3]
    return ((x * x * (channel + 1) // 7 + y * (5 + channel) + x * y // 4) % 256).astype(np.uint8)


def tiny() -> None:
    of = {name: value.astype(F) for name, value in load_file(ASSETS / "model.safetensors").items()}
    largest = load_file(ASSETS / "int8.safetensors")
    with safe_open(ASSETS / "int8.safetensors", "np") as file:
        stays = tuple(file.metadata()["float32"].split())
    network = Network(TINY, of, largest, stays)
    write_json("int8/tiny.json", digests(network))
    ninth = {name.removeprefix("block9."): value for name, value in largest.items() if name.startswith("block9.")}
    write("int8/tiny-layers.safetensors", layers(network.blocks[8], ninth))
    write("int8/tiny-blocks.safetensors", blocks(network, (14, 28)))
    small = steady_image(network, (14, 14))
    numbers = {"14x14.pixels": small, "14x14.tokens": network.tokens(network(small)[0][-1])}
    for height, width, every in ((42, 70, 1), (224, 224, EVERY)):
        streams, seen = network(curves(height, width))
        numbers[f"{width}x{height}.tokens"] = network.tokens(streams[-1])[::every]
        for name, group in LOOKED_AT.items():
            levels = seen[int(name.removeprefix("block").split(".")[0]) - 1][group]["levels"]
            numbers[f"{width}x{height}.{name}"] = (levels.values + levels.zero).astype(np.uint8)[::every]
    write("int8/tiny-network.safetensors", numbers)


def swiglu() -> None:
    folder = NUMBERS / "backbone/swiglu-reg4"
    of = {name: value.numpy() for name, value in torch.load(folder / "meta.pth").items()}
    exact = Network(CARDS["swiglu-reg4"], of)
    largest: dict = {}
    for size in ("70x70", "42x70"):
        for image in load_file(folder / f"{size}.safetensors")["pixels"]:
            for index, seen in enumerate(exact(image)[1], 1):
                for group, each in seen.items():
                    name, inputs = f"block{index}.{group}", np.abs(each["input"]).max(axis=0)
                    largest[name] = np.maximum(largest.get(name, 0), inputs)
    network = Network(CARDS["swiglu-reg4"], of, largest, STAYS)
    image = steady_image(network, (28, 42))
    write_json("int8/swiglu-reg4.json", digests(network))
    write(
        "int8/swiglu-reg4.safetensors",
        {f"{name}.largest": inputs for name, inputs in largest.items()}
        | blocks(network, (14, 28))
        | {"pixels": image, "tokens": network.tokens(network(image)[0][-1])},
    )


if __name__ == "__main__":
    tiny()
    swiglu()

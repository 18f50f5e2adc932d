"""The model: two graph-attention encoders, over the spatial and the connection graph, and one decoder."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from spacon.errors import check_widths
from spacon.model.attention import Edges
from spacon.model.matmul import product
from spacon.model.region_attention import RegionEdges
from spacon.parameters import Architecture

AnyEdges = Edges | RegionEdges

INITIAL_GAIN = 1.414


class AttentionLayer(nn.Module):
    r"""Graph attention with one head and no bias.

    .. math:: e_{ij} = \sigma(a_s \cdot z_j + a_t \cdot z_i),\quad z = x W,\quad
        \alpha_{ij} = \operatorname{softmax}_j e_{ij},\quad \mathrm{out}_i = \sum_j \alpha_{ij} z_j

    Since the sum is linear in W, it is taken in the narrower of the two widths.

    Shapes:
        x (n, inputs) and edges among n nodes -> (n, outputs); a node without in-edges gets zeros.
    """

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.attention_source = nn.Parameter(torch.empty(outputs))
        self.attention_target = nn.Parameter(torch.empty(outputs))
        nn.init.normal_(self.weight, std=INITIAL_GAIN * (2 / (inputs + outputs)) ** 0.5)
        nn.init.normal_(self.attention_source, std=INITIAL_GAIN / outputs**0.5)
        nn.init.normal_(self.attention_target, std=INITIAL_GAIN / outputs**0.5)

    def forward(self, x: Tensor, edges: AnyEdges) -> Tensor:
        inputs, outputs = self.weight.shape
        summed_first = inputs < outputs
        features = x if summed_first else product(x, self.weight, len(x))
        as_source, as_target = (
            features @ (self.weight @ attention if summed_first else attention)
            for attention in (self.attention_source, self.attention_target)
        )
        summed = edges.attend(features, as_source, as_target, self.dropout if self.training else 0.0)
        return product(summed, self.weight, edges.reached) if summed_first else summed


class Block(nn.Module):
    """An attention layer, batch norm and, unless it is the last of its stack, ELU."""

    def __init__(self, inputs: int, outputs: int, dropout: float, *, activated: bool) -> None:
        super().__init__()
        self.layer = AttentionLayer(inputs, outputs, dropout)
        self.norm = nn.BatchNorm1d(outputs, eps=1e-5, momentum=0.1)
        self.activated = activated

    def forward(self, x: Tensor, edges: AnyEdges) -> Tensor:
        normed = self.norm(self.layer(x, edges))
        return functional.elu_(normed) if self.activated else normed


class Encoder(nn.Module):
    """Three blocks of descending widths; returns the outputs of all three."""

    def __init__(self, genes: int, widths: list[int], dropout: float) -> None:
        super().__init__()
        self.block1 = Block(genes, widths[0], dropout, activated=True)
        self.block2 = Block(widths[0], widths[1], dropout, activated=True)
        self.block3 = Block(widths[1], widths[2], dropout, activated=False)

    def forward(self, x: Tensor, edges: AnyEdges) -> tuple[Tensor, Tensor, Tensor]:
        first = self.block1(x, edges)
        second = self.block2(first, edges)
        return first, second, self.block3(second, edges)


class Decoder(nn.Module):
    """Mirrors the encoders over the connection graph, adding both encoders' outputs of the same width."""

    def __init__(self, fused: int, genes: int, widths: list[int], dropout: float) -> None:
        super().__init__()
        self.block3 = Block(fused, widths[1], dropout, activated=True)
        self.block2 = Block(widths[1], widths[0], dropout, activated=True)
        self.block1 = Block(widths[0], genes, dropout, activated=False)

    def forward(self, fused: Tensor, first: Tensor, second: Tensor, edges: AnyEdges) -> Tensor:
        x = self.block3(fused, edges) + second
        return self.block1(self.block2(x, edges) + first, edges)


@dataclass(frozen=True)
class Shape:
    """What a model is made from; stands in the model file, so that it can be made again."""

    genes: int
    widths: list[int]
    fusion: Literal["concat", "add"]
    dropout: float

    @classmethod
    def of(cls, architecture: Architecture, genes: int) -> "Shape":
        """Return the shape of an architecture for so many genes."""
        return cls(genes, architecture.widths, architecture.fusion, architecture.attention_dropout)


class SpaCon(nn.Module):
    """Both encoders, the fusion and the decoder.

    Shapes:
        x (n, genes), spatial and connection edges among n spots -> spatial embedding (n, widths[-1]), connection
        embedding (n, widths[-1]), reconstruction (n, genes).
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        check_widths(shape.widths, shape.genes)
        self.shape = shape
        self.spatial_encoder = Encoder(shape.genes, shape.widths, shape.dropout)
        self.connection_encoder = Encoder(shape.genes, shape.widths, shape.dropout)
        fused = shape.widths[2] * (2 if shape.fusion == "concat" else 1)
        self.decoder = Decoder(fused, shape.genes, shape.widths, shape.dropout)

    def forward(self, x: Tensor, spatial: AnyEdges, connection: AnyEdges) -> tuple[Tensor, Tensor, Tensor]:
        first_s, second_s, embedding_s = self.spatial_encoder(x, spatial)
        first_c, second_c, embedding_c = self.connection_encoder(x, connection)
        if self.shape.fusion == "concat":
            fused = torch.cat([embedding_c, embedding_s], dim=1)
        else:
            fused = functional.normalize(embedding_c) + functional.normalize(embedding_s)
        reconstruction = self.decoder(fused, first_c + first_s, second_c + second_s, connection)
        return embedding_s, embedding_c, reconstruction

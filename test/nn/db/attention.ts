import { functional, type Tensor } from '../../../src/index.ts';
import * as nn from '../../../src/nn/index.ts';
import type { LayerTable } from './kit.ts';

/** Query, key and value are one tensor. */
class SelfAttention extends nn.Module {
  attention: nn.MultiheadAttention;
  constructor(embedDim: number, numHeads: number, options: nn.MultiheadAttentionOptions) {
    super();
    this.attention = new nn.MultiheadAttention(embedDim, numHeads, options);
  }
  override forward(x: Tensor, options: nn.MultiheadAttentionForwardOptions = {}): [Tensor, Tensor | null] {
    return this.attention.forward(x, x, x, options);
  }
}
const encoderLayer = (options: nn.TransformerLayerOptions = {}): nn.TransformerEncoderLayer =>
  new nn.TransformerEncoderLayer(4, 2, 6, { dropout: 0, ...options });
const decoderLayer = (options: nn.TransformerLayerOptions = {}): nn.TransformerDecoderLayer =>
  new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 6, dropout: 0, ...options });

export const layers: LayerTable = {
  attention: () => new nn.MultiheadAttention(4, 2, 0),
  'attention, no weights': () => new nn.MultiheadAttention(4, 2),
  'attention, weights of each head': () => new nn.MultiheadAttention(4, 2),
  'attention, masks': () => new nn.MultiheadAttention(4, 2),
  'attention, masks, no weights': () => new nn.MultiheadAttention(4, 2),
  'attention, masks of floats': () => new nn.MultiheadAttention(4, 2),
  'attention, other features': () => new nn.MultiheadAttention(4, 2, { kdim: 3, vdim: 5 }),
  'attention, everything': () =>
    new nn.MultiheadAttention(4, 2, { bias: false, addBiasKv: true, addZeroAttn: true, vdim: 3, batchFirst: true }),
  'attention, unbatched': () => new nn.MultiheadAttention(4, 1, { addBiasKv: true }),
  'self-attention': () => new SelfAttention(4, 2, { batchFirst: true }),
  'self-attention, causal': () => new SelfAttention(4, 2, { batchFirst: true }),
  'self-attention, unbatched': () => new SelfAttention(4, 2, { batchFirst: true }),
  'encoder layer': () => encoderLayer(),
  'encoder layer, norm first': () => encoderLayer({ normFirst: true, activation: 'gelu', layerNormEps: 1e-2 }),
  'encoder layer, batch first': () => encoderLayer({ batchFirst: true, bias: false, activation: new nn.GELU() }),
  'encoder layer, a function': () => encoderLayer({ activation: functional.silu }),
  'decoder layer': () => decoderLayer(),
  'decoder layer, norm first': () => decoderLayer({ normFirst: true, bias: false, batchFirst: true }),
  encoder: () =>
    new nn.TransformerEncoder(encoderLayer({ batchFirst: true }), 2, {
      norm: new nn.LayerNorm(4),
      enableNestedTensor: false,
    }),
  'encoder, causal': () => new nn.TransformerEncoder(encoderLayer({ normFirst: true }), 2),
  decoder: () => new nn.TransformerDecoder(decoderLayer(), 2, new nn.LayerNorm(4)),
  transformer: () =>
    new nn.Transformer(4, 2, 1, { numDecoderLayers: 2, dimFeedforward: 6, dropout: 0, batchFirst: true }),
  'transformer, norm first': () =>
    new nn.Transformer({
      dModel: 4,
      nhead: 1,
      numEncoderLayers: 1,
      numDecoderLayers: 1,
      dimFeedforward: 6,
      dropout: 0,
      activation: 'gelu',
      normFirst: true,
      bias: false,
    }),
};

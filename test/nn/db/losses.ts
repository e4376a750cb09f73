import { type Tensor, tensor } from '../../../src/index.ts';
import * as nn from '../../../src/nn/index.ts';
import type { LayerTable } from './kit.ts';

const perClass = (): Tensor => tensor([0.5, 1, 2, 1.5]);

/** The loss of what logSoftmax makes of the input. */
class Ctc extends nn.Module {
  loss: nn.CTCLoss;
  constructor(...options: ConstructorParameters<typeof nn.CTCLoss>) {
    super();
    this.loss = new nn.CTCLoss(...options);
  }
  override forward(x: Tensor, targets: Tensor, inputs: Tensor, counts: Tensor): Tensor {
    return this.loss.forward(x.logSoftmax(-1), targets, inputs, counts);
  }
}

export const layers: LayerTable = {
  l1: () => new nn.L1Loss(),
  'l1, sum': () => new nn.L1Loss({ reduction: 'sum' }),
  'smooth l1': () => new nn.SmoothL1Loss(),
  'smooth l1, beta': () => new nn.SmoothL1Loss({ beta: 0.5, reduction: 'none' }),
  huber: () => new nn.HuberLoss(),
  'huber, delta': () => new nn.HuberLoss('sum', 0.5),
  'kl div': () => new nn.KLDivLoss(),
  'kl div, batchmean': () => new nn.KLDivLoss({ reduction: 'batchmean' }),
  'kl div, log target': () => new nn.KLDivLoss({ reduction: 'sum', logTarget: true }),
  'poisson nll': () => new nn.PoissonNLLLoss(),
  'poisson nll, everything': () => new nn.PoissonNLLLoss({ logInput: false, full: true, eps: 1e-3, reduction: 'none' }),
  'gaussian nll': () => new nn.GaussianNLLLoss(),
  'gaussian nll, everything': () => new nn.GaussianNLLLoss({ full: true, eps: 0.5, reduction: 'sum' }),
  'bce of probabilities': () => new nn.BCELoss(),
  'bce of probabilities, weighted': () => new nn.BCELoss({ weight: perClass(), reduction: 'sum' }),
  'bce of logits, weighted': () => new nn.BCEWithLogitsLoss(perClass(), { reduction: 'none' }),
  'nll, weighted': () => new nn.NLLLoss(perClass(), { ignoreIndex: 2 }),
  'margin ranking': () => new nn.MarginRankingLoss(),
  'margin ranking, margin': () => new nn.MarginRankingLoss(0.5, { reduction: 'sum' }),
  'hinge embedding': () => new nn.HingeEmbeddingLoss(),
  'hinge embedding, margin': () => new nn.HingeEmbeddingLoss({ margin: 0.5, reduction: 'none' }),
  'soft margin': () => new nn.SoftMarginLoss(),
  'multi margin': () => new nn.MultiMarginLoss(),
  'multi margin, everything': () => new nn.MultiMarginLoss(2, 0.5, perClass(), { reduction: 'none' }),
  'multilabel margin': () => new nn.MultiLabelMarginLoss(),
  'multilabel soft margin': () => new nn.MultiLabelSoftMarginLoss(),
  'multilabel soft margin, weighted': () => new nn.MultiLabelSoftMarginLoss(perClass(), { reduction: 'none' }),
  'cosine embedding': () => new nn.CosineEmbeddingLoss(),
  'cosine embedding, margin': () => new nn.CosineEmbeddingLoss(0.25, { reduction: 'sum' }),
  'triplet margin': () => new nn.TripletMarginLoss(),
  'triplet margin, everything': () => new nn.TripletMarginLoss(0.5, { p: 3, eps: 1e-3, swap: true, reduction: 'none' }),
  'triplet margin with distance': () => new nn.TripletMarginWithDistanceLoss(),
  'triplet margin with distance, everything': () =>
    new nn.TripletMarginWithDistanceLoss({
      distanceFunction: new nn.CosineSimilarity(),
      margin: 2.5,
      swap: true,
      reduction: 'sum',
    }),
  ctc: () => new Ctc(),
  'ctc, everything': () => new Ctc({ blank: 3, reduction: 'sum', zeroInfinity: true }),
  'ctc, none': () => new Ctc({ reduction: 'none' }),
};

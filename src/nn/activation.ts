/** Activation functions as layers: each takes any shape and returns the same. */
import { checkOptions, OptionError } from '../core/errors.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';
import { pythonFloat } from './repr.ts';

/** max(x, 0). Source: torch.nn.ReLU. */
export class ReLU extends Module {
  override forward(input: Tensor): Tensor {
    checkInput('ReLU', input);
    return input.relu();
  }
}

/** x where positive, negativeSlope·x elsewhere. Source: torch.nn.LeakyReLU. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    super();
    checkNumber('LeakyReLU', 'negativeSlope', negativeSlope);
    this.negativeSlope = negativeSlope;
  }
  override forward(input: Tensor): Tensor {
    checkInput('LeakyReLU', input);
    return functional.leakyRelu(input, this.negativeSlope);
  }
  override extraRepr(): string {
    return `negative_slope=${pythonFloat(this.negativeSlope)}`;
  }
}

/** x·Φ(x), or with `approximate: 'tanh'` its tanh form. Source: torch.nn.GELU, arXiv 1606.08415. */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  constructor(options: { readonly approximate?: 'none' | 'tanh' } = {}) {
    super();
    checkOptions('GELU', options, ['approximate']);
    this.approximate = options.approximate ?? 'none';
    if (!['none', 'tanh'].includes(this.approximate)) {
      throw new OptionError(`approximate argument must be either none or tanh.\n  in GELU: got '${this.approximate}'`);
    }
  }
  override forward(input: Tensor): Tensor {
    checkInput('GELU', input);
    return functional.gelu(input, { approximate: this.approximate });
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** x·σ(x). Source: torch.nn.SiLU, arXiv 1702.03118. */
export class SiLU extends Module {
  override forward(input: Tensor): Tensor {
    checkInput('SiLU', input);
    return functional.silu(input);
  }
}

/** 1/(1 + e^−x). Source: torch.nn.Sigmoid. */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    checkInput('Sigmoid', input);
    return input.sigmoid();
  }
}

/** tanh x. Source: torch.nn.Tanh. */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    checkInput('Tanh', input);
    return input.tanh();
  }
}

/** log(1 + e^(beta·x))/beta, linear where beta·x > threshold. Source: torch.nn.Softplus. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(beta = 1, threshold = 20) {
    super();
    checkNumber('Softplus', 'beta', beta);
    checkNumber('Softplus', 'threshold', threshold);
    this.beta = beta;
    this.threshold = threshold;
  }
  override forward(input: Tensor): Tensor {
    checkInput('Softplus', input);
    return functional.softplus(input, this.beta, this.threshold);
  }
  override extraRepr(): string {
    return `beta=${pythonFloat(this.beta)}, threshold=${pythonFloat(this.threshold)}`;
  }
}

/**
 * e^x / Σ e^x along `dim`. Source: torch.nn.Softmax.
 *
 * @example
 * await new nn.Softmax(1).forward(zeros([1, 4])).tolist(); // [[0.25, 0.25, 0.25, 0.25]]
 */
export class Softmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = checkDim('Softmax', dim);
  }
  override forward(input: Tensor): Tensor {
    checkInput('Softmax', input);
    return input.softmax(this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** log(softmax(x)) along `dim`, without loss of precision. Source: torch.nn.LogSoftmax. */
export class LogSoftmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = checkDim('LogSoftmax', dim);
  }
  override forward(input: Tensor): Tensor {
    checkInput('LogSoftmax', input);
    return input.logSoftmax(this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

function checkNumber(layer: string, name: string, value: number): void {
  if (typeof value !== 'number') throw new OptionError(`${layer}: ${name} must be a number, got ${typeof value}`);
}
/** PyTorch guesses a missing dim and warns; here it is required. */
function checkDim(layer: string, dim: number): number {
  if (Number.isInteger(dim)) return dim;
  throw new OptionError(
    `${layer}: dim must be an integer, got ${dim === null ? 'null' : typeof dim}\n  classes are usually along dim 1: new nn.${layer}(1)`,
  );
}

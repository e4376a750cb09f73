/** From the outputs of a network trained with ctcLoss() to labels: the likeliest alignment, or the likeliest labels. */
import { checkOptions, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { nextTask } from '../../core/task.ts';
import { checkTensor, Tensor } from '../../tensor/tensor.ts';
import { checkIntegers } from '../checks.ts';
import type { HostIntegers } from './ragged.ts';

/** Settings of {@link ctcGreedyDecode}. */
export interface CtcDecodeOptions {
  /** How many steps each sequence has (N). Default: all T. */
  readonly inputLengths?: HostIntegers | null;
  /** The class that stands for no label. Default 0. */
  readonly blank?: number;
}
/** Settings of {@link ctcBeamSearch}. */
export interface CtcBeamSearchOptions extends CtcDecodeOptions {
  /** How many prefixes are followed from step to step. Default 50. */
  readonly beamSize?: number;
  /** Follow only this many of the likeliest classes of a step. Default null: all. */
  readonly beamSizeToken?: number | null;
  /** Drop prefixes whose log-probability is so much less than the best one's. Default 50. */
  readonly beamThreshold?: number;
  /** How many of the likeliest results are returned. Default 1. */
  readonly nbest?: number;
}
/** Labels, and how likely they are. */
export interface CtcHypothesis {
  /** Classes without blanks. */
  readonly tokens: readonly number[];
  /** The logarithm of the probability of all alignments that read so, as far as they were followed. */
  readonly score: number;
}

interface Frames {
  readonly x: Tensor;
  readonly lengths: readonly number[];
  readonly blank: number;
}

async function framesOf(op: string, logProbs: Tensor, options: CtcDecodeOptions): Promise<Frames> {
  checkTensor(op, logProbs, 'logProbs');
  const { inputLengths = null, blank = 0 } = options;
  if (logProbs.ndim !== 2 && logProbs.ndim !== 3)
    throw new ShapeError(`${op}: logProbs must be (T, N, C) or (T, C), got ${formatShape(logProbs.shape)}`);
  const x = (logProbs.ndim === 2 ? logProbs.unsqueeze(1) : logProbs).detach();
  const [steps, batch, classes] = x.shape as [number, number, number];
  if (!(Number.isInteger(blank) && blank >= 0 && blank < classes))
    throw new OptionError(`blank must be in label range\n  in ${op}: got ${describe(blank)} for ${classes} classes`);
  const given = inputLengths instanceof Tensor ? await inputLengths.data() : inputLengths;
  const lengths = given ? Array.from(given as ArrayLike<number>) : new Array<number>(batch).fill(steps);
  if (lengths.length !== batch)
    throw new ShapeError(`input_lengths must be of size batch_size\n  in ${op}: got ${lengths.length} for ${batch}`);
  const bad = lengths.find((n) => !(Number.isInteger(n) && n >= 0 && n <= steps));
  if (bad !== undefined)
    throw new ShapeError(
      `Expected input_lengths to have value at most ${steps}, but got value ${describe(bad)}\n  in ${op}`,
    );
  return { x, lengths, blank };
}

/**
 * The labels that the likeliest class of each step spells, repetitions joined and blanks dropped, for log-probabilities, or
 * logits, `(T, N, C)` or `(T, C)`: a list for each sequence. Only the classes are read from the device. Source: Graves et al.,
 * "Connectionist temporal classification" (ICML 2006), best path decoding.
 *
 * @throws ShapeError for another rank, and lengths that do not fit; OptionError for a blank that is no class.
 * @example
 * const logProbs = functional.oneHot(tensor([1, 1, 0, 1, 2, 2]), 3).to('float32').log();
 * await nn.utils.ctcGreedyDecode(logProbs); // [[1, 1, 2]]
 */
export async function ctcGreedyDecode(logProbs: Tensor, options: CtcDecodeOptions = {}): Promise<number[][]> {
  const op = 'ctcGreedyDecode';
  checkOptions(op, options, ['inputLengths', 'blank']);
  const { x, lengths, blank } = await framesOf(op, logProbs, options);
  const batch = lengths.length;
  const classes = await x.argmax(2).data();
  return lengths.map((length, n) => {
    const path = Array.from({ length }, (_, t) => Number(classes[t * batch + n]));
    return path.filter((c, t) => c !== blank && c !== path[t - 1]);
  });
}

/**
 * The likeliest labels, by a search that follows the `beamSize` likeliest prefixes and adds up all alignments that read alike, for
 * log-probabilities `(T, N, C)` or `(T, C)`, as logSoftmax gives them: for each sequence its `nbest` hypotheses, the best first. Runs
 * on the host. Source: Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs"
 * (arXiv 1408.2873), without a language model; options as torchaudio's ctc_decoder has them.
 *
 * @throws ShapeError for another rank, and lengths that do not fit; OptionError for a blank that is no class and sizes below 1.
 * @example
 * const logProbs = tensor([[0.6, 0.4], [0.6, 0.4]]).log();
 * await nn.utils.ctcGreedyDecode(logProbs); // [[]]
 * const [[best]] = await nn.utils.ctcBeamSearch(logProbs);
 * best.tokens; // [1]
 * Math.exp(best.score); // 0.64
 */
export async function ctcBeamSearch(logProbs: Tensor, options: CtcBeamSearchOptions = {}): Promise<CtcHypothesis[][]> {
  const op = 'ctcBeamSearch';
  checkOptions(op, options, ['inputLengths', 'blank', 'beamSize', 'beamSizeToken', 'beamThreshold', 'nbest']);
  const { beamSize = 50, beamSizeToken = null, beamThreshold = 50, nbest = 1 } = options;
  checkIntegers(op, { beamSize, nbest, beamSizeToken: beamSizeToken ?? 1 }, 1);
  if (!(beamThreshold >= 0))
    throw new OptionError(`${op}: beamThreshold must be at least 0, got ${describe(beamThreshold)}`);
  const { x, lengths, blank } = await framesOf(op, logProbs, options);
  const [, batch, classes] = x.shape as [number, number, number];
  const values = await x.to('float32').data();
  const results: CtcHypothesis[][] = [];
  for (const [n, length] of lengths.entries()) {
    const beam = new Beam({
      blank,
      classes,
      beamSize,
      beamThreshold,
      tokens: Math.min(beamSizeToken ?? classes, classes),
    });
    for (let t = 0; t < length; t++) {
      beam.advance(values, (t * batch + n) * classes);
      if (t % 32 === 31) await nextTask();
    }
    results.push(beam.best(nbest));
  }
  return results;
}

/** log(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

/** Labels read so far, and how likely they are with a blank and with the last label at the end. */
class Prefix {
  readonly parent: Prefix | null;
  readonly token: number;
  /** Longer prefixes that were followed at some time. */
  readonly longer = new Map<number, Prefix>();
  blank = Number.NEGATIVE_INFINITY;
  label = Number.NEGATIVE_INFINITY;
  nextBlank = Number.NEGATIVE_INFINITY;
  nextLabel = Number.NEGATIVE_INFINITY;

  constructor(parent: Prefix | null, token: number) {
    this.parent = parent;
    this.token = token;
  }
  get total(): number {
    return logAdd(this.blank, this.label);
  }
  get tokens(): number[] {
    const list: number[] = [];
    for (let p: Prefix = this; p.parent; p = p.parent) list.push(p.token);
    return list.reverse();
  }
}

interface BeamSettings {
  readonly blank: number;
  readonly classes: number;
  readonly beamSize: number;
  readonly beamThreshold: number;
  /** Classes followed per step. */
  readonly tokens: number;
}

/** The likeliest prefixes of one sequence. */
class Beam {
  private readonly settings: BeamSettings;
  private prefixes: Prefix[];

  constructor(settings: BeamSettings) {
    this.settings = settings;
    const root = new Prefix(null, -1);
    root.blank = 0;
    this.prefixes = [root];
  }

  /** One step, whose log-probabilities begin at `start`. */
  advance(values: ArrayLike<number>, start: number): void {
    const { blank, beamSize, beamThreshold } = this.settings;
    const tokens = this.likeliest(values, start);
    const reached = new Set<Prefix>(this.prefixes);
    // A prefix that is followed for the first time can be reached from its parent only.
    const fresh: { readonly parent: Prefix; readonly token: number; readonly score: number }[] = [];
    for (const p of this.prefixes) {
      const { total } = p;
      p.nextBlank = logAdd(p.nextBlank, total + values[start + blank]!);
      if (p.parent) p.nextLabel = logAdd(p.nextLabel, p.label + values[start + p.token]!);
      for (const token of tokens) {
        // The same label again is another one only after a blank.
        const score = (token === p.token ? p.blank : total) + values[start + token]!;
        const longer = p.longer.get(token);
        if (longer) {
          longer.nextLabel = logAdd(longer.nextLabel, score);
          reached.add(longer);
        } else if (score > Number.NEGATIVE_INFINITY) fresh.push({ parent: p, token, score });
      }
    }
    for (const p of reached) {
      [p.blank, p.label] = [p.nextBlank, p.nextLabel];
      p.nextBlank = p.nextLabel = Number.NEGATIVE_INFINITY;
    }
    const candidates = [
      ...[...reached].map((prefix) => ({ score: prefix.total, take: () => prefix })),
      ...fresh.map(({ parent, token, score }) => ({ score, take: () => follow(parent, token, score) })),
    ].sort((a, b) => b.score - a.score);
    const least = candidates[0]!.score - beamThreshold;
    const kept = candidates
      .slice(0, beamSize)
      .filter(({ score }, i) => i === 0 || (score >= least && score > Number.NEGATIVE_INFINITY));
    this.prefixes = kept.map(({ take }) => take());
  }

  /** The classes to follow, without the blank. */
  private likeliest(values: ArrayLike<number>, start: number): number[] {
    const { blank, classes, tokens } = this.settings;
    const all = Array.from({ length: classes }, (_, c) => c);
    const followed =
      tokens < classes ? all.sort((a, b) => values[start + b]! - values[start + a]!).slice(0, tokens) : all;
    return followed.filter((c) => c !== blank);
  }

  best(count: number): CtcHypothesis[] {
    return this.prefixes.slice(0, count).map((p) => ({ tokens: p.tokens, score: p.total }));
  }
}

function follow(parent: Prefix, token: number, score: number): Prefix {
  const prefix = new Prefix(parent, token);
  prefix.label = score;
  parent.longer.set(token, prefix);
  return prefix;
}

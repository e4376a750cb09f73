/** Arguments of the wrong type, options that do not exist: refused at the call, in PyTorch's words where it has any. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  arange,
  bernoulli,
  cat,
  DTypeError,
  explain,
  eye,
  fromArray,
  full,
  functional,
  Generator,
  grad,
  init,
  linspace,
  mul,
  neg,
  noGrad,
  OptionError,
  ones,
  rand,
  randint,
  randn,
  randperm,
  ShapeError,
  scope,
  stack,
  type Tensor,
  tensor,
  throttle,
  where,
  zeros,
  zerosLike,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { eachRefusal, wild } from './refusals.ts';

let x: Tensor;
let int: Tensor;
let labels: Tensor;
let image: Tensor;
let weight: Tensor;
beforeAll(async () => {
  await init({ device: testDevice });
  x = ones([2, 3]);
  int = ones([2], { dtype: 'int32' });
  labels = tensor([0, 1]);
  image = ones([1, 3, 8, 8]);
  weight = ones([4, 3, 3, 3]);
});

describe('operands', () => {
  eachRefusal([
    ['string', () => x.add(wild('2')), OptionError, "add(): argument 'other' must be Tensor, not '2'\n  make one with"],
    ['null', () => x.mul(wild(null)), OptionError, "mul(): argument 'other' must be Tensor, not null"],
    ['nothing', () => x.sub(wild(undefined)), OptionError, "sub(): argument 'other' must be Tensor, not undefined"],
    ['list', () => x.div(wild([1, 2])), OptionError, "div(): argument 'other' must be Tensor, not [1, 2]"],
    ['bigint', () => x.pow(wild(2n)), OptionError, "pow(): argument 'exponent' must be Tensor, not bigint"],
    [
      'object',
      () => x.eq(wild({})),
      OptionError,
      /^eq\(\): argument 'other' must be Tensor, not Object\n {2}options come/,
    ],
    ['number', () => x.maximum(wild(3)), OptionError, "maximum(): argument 'other' must be Tensor, not 3"],
    ['in place', () => x.add_(wild('1')), OptionError, "add_(): argument 'other' must be Tensor, not '1'"],
    [
      'a fraction of integers',
      () => int.add(2, { alpha: 0.5 }),
      DTypeError,
      'For integral input tensors, argument alpha must not be a floating point number.',
    ],
    ['numbers alone', () => mul(2, 3), OptionError, 'mul(): at least one argument must be Tensor'],
    ['free function', () => neg(wild(5)), OptionError, "neg(): argument 'input' must be Tensor, not 5"],
    ['condition', () => where(wild(1), x, x), OptionError, "where(): argument 'condition' must be Tensor, not 1"],
    ['mask', () => x.maskedFill(wild(1), 0), OptionError, "maskedFill(): argument 'mask' must be Tensor, not 1"],
    ['index', () => x.gather(0, wild([1])), OptionError, "gather(): argument 'index' must be Tensor, not [1]"],
    ['bound', () => x.clamp(wild('a')), OptionError, "clamp(): argument 'min' must be Tensor, not 'a'"],
    ['matrix', () => x.matmul(wild(3)), OptionError, "matmul(): argument 'other' must be Tensor, not 3"],
    ['no list', () => cat(wild(x)), OptionError, "cat(): argument 'tensors' must be a list of Tensors, not Tensor"],
    ['list of numbers', () => stack(wild([1])), OptionError, "stack(): argument 'tensors' must be Tensor, not 1"],
    ['like', () => zerosLike(wild(null)), OptionError, "zerosLike(): argument 'input' must be Tensor, not null"],
    ['value', () => x.fill_(wild('a')), OptionError, "fill_(): argument 'value' must be a number, not 'a'"],
    ['source', () => x.copy_(wild(5)), OptionError, "copy_(): argument 'other' must be Tensor, not 5"],
  ]);
});

test('a number may be scaled as a tensor may', async () => {
  expect(await int.sub(2, { alpha: -3 }).tolist()).toEqual([7, 7]);
  expect(await x.add(2, { alpha: 0.5 }).sum().item()).toBe(12);
  expect(await x.gt(0).add(true, { alpha: 2 }).all().item()).toBe(1);
});

describe('dims and sizes', () => {
  eachRefusal([
    ['string', () => x.sum(wild('1')), ShapeError, "sum(): argument 'dim' must be int, not '1'"],
    ['NaN', () => x.mean(Number.NaN), ShapeError, "mean(): argument 'dim' must be int, not NaN"],
    ['fraction', () => x.amax([0.5]), ShapeError, "amax(): argument 'dim' must be int, not 0.5"],
    ['missing', () => x.softmax(wild(undefined)), ShapeError, "softmax(): argument 'dim' must be int, not undefined"],
    ['twice', () => x.sum([0, -2]), ShapeError, 'dim -2 appears multiple times in the list of dims'],
    [
      'range',
      () => x.mean(5),
      ShapeError,
      'Dimension out of range (expected to be in range of [-2, 1], but got 5)\n  in mean',
    ],
    [
      'two dims',
      () => x.sum(0, wild(1)),
      OptionError,
      /^sum\(\): argument 'keepdim' must be .* not 1\n .*sum\(\[0, 1\]\)/,
    ],
    [
      'keepdim',
      () => x.sum({ dim: 1, keepdim: wild('yes') }),
      OptionError,
      "sum(): argument 'keepdim' must be true or false",
    ],
    ['size', () => x.size(wild('length')), ShapeError, "size(): argument 'dim' must be int, not 'length'"],
    ['shape', () => zeros(wild('abc')), ShapeError, "zeros(): argument 'size' must be a list of ints, not 'abc'"],
    ['no shape', () => rand(wild(null)), ShapeError, "rand(): argument 'size' must be a list of ints, not null"],
    ['two sizes', () => ones(2, wild(3)), OptionError, 'ones: the sizes go into one list, as in ones([2, 3])'],
    ['negative', () => zeros([2, -1]), ShapeError, 'zeros: Dimension size must be non-negative.'],
    ['fractional', () => randn([1.5]), ShapeError, "randn(): argument 'size' must be a list of ints, not [1.5]"],
    [
      'reshape',
      () => x.reshape(wild('a')),
      ShapeError,
      "reshape(): argument 'shape' must be a list of ints, not ['a']",
    ],
    ['reshape to fewer', () => x.reshape(4), ShapeError, "shape '[4]' is invalid for input of size 6"],
    ['reshape to none', () => x.reshape(-1, 0), ShapeError, "shape '[-1, 0]' is invalid for input of size 6"],
    ['two free sizes', () => x.reshape(-1, -1), ShapeError, 'only one dimension can be inferred'],
    [
      'expand',
      () => x.expand(3, 3),
      ShapeError,
      'The expanded size of the tensor (3) must match the existing size (2)',
    ],
    [
      'expand leading',
      () => x.expand(-1, 2, 3),
      ShapeError,
      "The expanded size of the tensor (-1) isn't allowed in a leading",
    ],
    [
      'split',
      () => x.split(wild('2')),
      OptionError,
      "split(): argument 'splitSize' must be int or a list of ints, not '2'",
    ],
    [
      'split 0',
      () => x.split(0),
      OptionError,
      'split_size can only be 0 if dimension size is 0, but got dimension size of 2',
    ],
    ['split sum', () => x.split([1, 2]), ShapeError, 'split_with_sizes expects split_sizes to sum exactly to 2'],
    ['chunk', () => x.chunk(0), OptionError, 'chunk expects `chunks` to be greater than 0, got: 0'],
    ['permute', () => x.permute(0, 0), ShapeError, 'permute(): duplicate dims are not allowed.'],
    [
      'maximum of nothing',
      () => zeros([0]).max(),
      ShapeError,
      'max(): Expected reduction dim to be specified for input.numel() == 0.',
    ],
    [
      'maximum over nothing',
      () => zeros([0, 3]).max(0),
      ShapeError,
      'max(): Expected reduction dim 0 to have non-zero size.',
    ],
    [
      'cat',
      () => cat([x, ones([2, 4])]),
      ShapeError,
      'Sizes of tensors must match except in dimension 0. Expected size 3 but got size 4',
    ],
    ['dot', () => ones([3]).matmul(ones([4])), ShapeError, 'inconsistent tensor size, expected tensor [3] and src [4]'],
    ['matrix and vector', () => x.matmul(ones([4])), ShapeError, 'size mismatch, got input (2), mat (2x3), vec (4)'],
  ]);
});

describe('positions', () => {
  eachRefusal([
    ['word', () => x.at(wild('a')), OptionError, "at: 'a' is no index"],
    ['nothing', () => x.at(wild(undefined)), OptionError, 'at: undefined is no index'],
    ['truth', () => x.at(wild(true)), OptionError, 'at: true is no index'],
    ['array', () => x.at(wild(new Int32Array(1))), OptionError, 'at: Int32Array is no index'],
    [
      'list of positions',
      () => x.at([0, 1, 0, 1]),
      OptionError,
      /^at: a list is a slice .* 4 numbers\n .*at\(tensor\(/,
    ],
    ['slice of words', () => x.at(wild(['a'])), OptionError, 'slice indices must be integers or None'],
    ['step 0', () => x.at([0, 1, 0]), OptionError, 'slice step must be a non-zero integer, got 0'],
    ['floats', () => x.at(ones([1])), DTypeError, 'tensors used as indices must be integer tensors, got float32'],
    ['mask', () => x.at(x.gt(0)), DTypeError, /maskedSelect/],
    ['too many', () => x.at(0, 0, 0), ShapeError, 'too many indices for tensor of dimension 2'],
    ['too large', () => x.at(5), ShapeError, 'index 5 is out of bounds for dimension 0 with size 2'],
  ]);
});

describe('options', () => {
  eachRefusal([
    [
      'misspelt',
      () => x.add(x, wild({ alpa: 2 })),
      OptionError,
      "add() got an unexpected option 'alpa'; did you mean 'alpha'?",
    ],
    ['dims', () => x.sum(wild({ dims: 1 })), OptionError, "sum() got an unexpected option 'dims'; did you mean 'dim'?"],
    [
      'snake case',
      () => zeros([2], wild({ requires_grad: true })),
      OptionError,
      "zeros() got an unexpected option 'requires_grad'; did you mean 'requiresGrad'?",
    ],
    ['no object', () => functional.gelu(x, wild('tanh')), OptionError, "gelu: options must be an object, got 'tanh'"],
    [
      'null',
      () => functional.crossEntropy(x, labels, wild(null)),
      OptionError,
      'crossEntropy: options must be an object, got null',
    ],
    [
      'a word for a switch',
      () => zeros([2], { requiresGrad: wild('yes') }),
      OptionError,
      "zeros(): argument 'requiresGrad' must be true or false, not 'yes'",
    ],
    [
      'a word for a number',
      () => x.add(x, { alpha: wild('a') }),
      OptionError,
      "add(): argument 'alpha' must be a number, not 'a'",
    ],
    ['dtype', () => zeros([2], { dtype: wild('float') }), DTypeError, "zeros: unknown dtype 'float'"],
    ['device', () => x.to(wild('cuda')), OptionError, /got 'cuda'; the GPU here is 'webgpu'$/],
    [
      'generator',
      () => rand([2], { generator: wild({}) }),
      OptionError,
      "rand(): argument 'generator' must be a Generator, not Object",
    ],
    ['function', () => noGrad(wild(5)), OptionError, "noGrad(): argument 'fn' must be a function, not 5"],
    ['scope', () => scope(wild(null)), OptionError, "scope(): argument 'fn' must be a function, not null"],
    ['explain', () => explain(wild('x')), OptionError, "explain(): argument 'fn' must be a function, not 'x'"],
  ]);
  test('of functions that answer later reject', async () => {
    await expect(throttle(Number.NaN)).rejects.toThrow(
      "throttle(): argument 'inFlight' must be an integer of at least 0",
    );
    await expect(throttle(-1)).rejects.toThrow(OptionError);
    await expect(init(wild('webgpu'))).rejects.toThrow("init: options must be an object, got 'webgpu'");
    await expect(init(wild({ devce: 'cpu' }))).rejects.toThrow("did you mean 'device'?");
    await expect(init({ device: wild('gpu') })).rejects.toThrow(
      "init: device must be 'auto', 'webgpu' or 'cpu', got 'gpu'",
    );
    await expect(init({ gpuDevice: wild({}) })).rejects.toThrow(
      "init(): argument 'gpuDevice' must be a GPUDevice, not Object",
    );
    await expect(init({ device: 'cpu', gpuDevice: wild({}) })).rejects.toThrow(OptionError);
    await expect(init({ powerPreference: wild('max') })).rejects.toThrow(OptionError);
  });
});

describe('data', () => {
  eachRefusal([
    ['text', () => tensor(wild('a')), DTypeError, "tensor: expected numbers or booleans, got 'a'"],
    ['holes', () => tensor(wild(new Array(2))), DTypeError, 'tensor: expected numbers or booleans, got undefined'],
    ['a tensor', () => tensor(wild([x])), DTypeError, /got Tensor\n {2}clone\(\) copies a tensor/],
    [
      'raw memory',
      () => tensor(wild(new DataView(new ArrayBuffer(8)))),
      DTypeError,
      'tensor: expected numbers or booleans, got DataView',
    ],
    ['ragged', () => tensor([[1], [2, 3]]), ShapeError, 'expected sequence of length 1 at dim 1 (got 2)'],
    ['endless', () => tensor(wild(endless())), ShapeError, /64 levels/],
    [
      'too large',
      () => tensor([2 ** 40], { dtype: 'int32' }),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    [
      'not a number',
      () => tensor([Number.NaN], { dtype: 'int32' }),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    [
      'fill too large',
      () => full([2], 3e9, { dtype: 'int32' }),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    [
      'fill with text',
      () => full([2], wild('x')),
      OptionError,
      "full(): argument 'fillValue' must be a number, not 'x'",
    ],
    [
      'number too large for the other operand',
      () => int.lt(3e9),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    [
      'lists',
      () => fromArray(wild([1, 2]), [2]),
      OptionError,
      "fromArray(): argument 'data' must be a typed array, not [1, 2]",
    ],
    ['too few', () => fromArray(new Float32Array(3), [2]), ShapeError, 'fromArray: shape [2] needs 2 elements, got 3'],
    ['arange of text', () => arange(wild('5')), OptionError, "arange(): argument 'end' must be a number, not '5'"],
    ['arange of nothing', () => arange(wild(undefined)), OptionError, 'arange() takes an end'],
    ['arange without step', () => arange(0, 5, 0), OptionError, 'step must be nonzero'],
    ['arange backwards', () => arange(5, 0), OptionError, 'upper bound and lower bound inconsistent with step sign'],
    ['arange of NaN', () => arange(Number.NaN), OptionError, 'unsupported range: 0 -> NaN'],
    [
      'arange beyond int32',
      () => arange(2 ** 31, 2 ** 31 + 3),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    ['linspace', () => linspace(0, 1, -1), OptionError, 'number of steps must be non-negative'],
    ['eye', () => eye(wild(null)), ShapeError, "eye(): argument 'size' must be a list of ints"],
    [
      'randint',
      () => randint(5, 3, [2]),
      OptionError,
      "random_ expects 'from' to be less than 'to', but got from=5 >= to=3",
    ],
    ['randint of everything', () => randint(-(2 ** 31), 2 ** 31, [2]), OptionError, /less than 2\^32 apart/],
    [
      'randperm',
      () => randperm(wild('3')),
      OptionError,
      "randperm: n must be a non-negative integer below 2^31, got '3'",
    ],
    ['bernoulli', () => bernoulli(wild(0.5)), OptionError, "bernoulli(): argument 'input' must be Tensor, not 0.5"],
    ['seed', () => new Generator(-1), OptionError, /the seed must be an integer in/],
    [
      'state',
      () => new Generator(0).setState(wild([1])),
      OptionError,
      "setState(): argument 'state' must be what getState() gave",
    ],
  ]);
});
function endless(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describe('functional', () => {
  const { conv2d, maxPool2d, avgPool2d, layerNorm, batchNorm, dropout, linear, leakyRelu, softplus } = functional;
  const { crossEntropy, nllLoss, mseLoss, binaryCrossEntropyWithLogits, relu, embedding } = functional;
  eachRefusal([
    ['relu', () => relu(wild(5)), OptionError, "relu(): argument 'input' must be Tensor, not 5"],
    [
      'slope',
      () => leakyRelu(x, { negativeSlope: wild('a') }),
      OptionError,
      "leakyRelu(): argument 'negativeSlope' must be a number",
    ],
    ['beta', () => softplus(x, wild('a')), OptionError, "softplus(): argument 'beta' must be a number, not 'a'"],
    [
      'form',
      () => functional.gelu(x, { approximate: wild('tahn') }),
      OptionError,
      'approximate argument must be either none or tanh.',
    ],
    [
      'probability',
      () => dropout(x, wild('0.5')),
      OptionError,
      "dropout probability has to be between 0 and 1, but got '0.5'",
    ],
    [
      'dropout of integers',
      () => dropout(int),
      DTypeError,
      "result type Float can't be cast to the desired output type int32",
    ],
    ['linear', () => linear(x, ones([4, 2])), ShapeError, 'mat1 and mat2 shapes cannot be multiplied (2x3 and 2x4)'],
    ['bias', () => conv2d(image, weight, wild(2)), OptionError, /^conv2d\(\): argument 'bias' must be Tensor, not 2/],
    [
      'channels',
      () => conv2d(image, ones([4, 2, 3, 3])),
      ShapeError,
      'Given groups=1, weight of size [4, 2, 3, 3], expected input[1, 3, 8, 8] to have 2 channels',
    ],
    [
      'kernel',
      () => conv2d(ones([1, 3, 2, 2]), weight),
      ShapeError,
      'Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3).',
    ],
    [
      'weight',
      () => conv2d(image, ones([4]), null, { padding: 'same' }),
      ShapeError,
      'weight should have at least three dimensions',
    ],
    [
      'stride',
      () => conv2d(image, weight, null, { stride: wild('2') }),
      OptionError,
      "conv2d(): argument 'stride' must be an integer or a list of two",
    ],
    [
      'padding',
      () => conv2d(image, weight, null, { padding: wild('sane') }),
      OptionError,
      "Invalid padding string 'sane'",
    ],
    ['endless padding', () => conv2d(image, weight, null, { padding: 1e15 }), ShapeError, /more than 2\^53 elements/],
    ['no window', () => maxPool2d(image, wild(undefined)), OptionError, "maxPool2d(): argument 'kernelSize' must be"],
    [
      'divisor',
      () => avgPool2d(image, 2, { divisorOverride: wild('a') }),
      OptionError,
      "avgPool2d(): argument 'divisorOverride' must be a number",
    ],
    [
      'norm',
      () => layerNorm(x, wild('a')),
      OptionError,
      "layerNorm(): argument 'normalizedShape' must be int or a list of ints",
    ],
    [
      'norm of another size',
      () => layerNorm(x, 4),
      ShapeError,
      'Given normalized_shape=[4], expected input with shape [*, 4]',
    ],
    [
      'statistics',
      () => batchNorm(x, ones([4]), ones([4])),
      ShapeError,
      'running_mean should contain 3 elements not 4',
    ],
    [
      'momentum',
      () => batchNorm(x, null, null, { training: true, momentum: wild('a') }),
      OptionError,
      "batchNorm(): argument 'momentum' must be Tensor, not 'a'",
    ],
    [
      'one value',
      () => batchNorm(ones([1, 3]), null, null, { training: true }),
      ShapeError,
      'Expected more than 1 value per channel when training, got input size torch.Size([1, 3])',
    ],
    [
      'padding row',
      () => embedding(labels, x, { paddingIdx: 7 }),
      OptionError,
      'Padding_idx must be within num_embeddings',
    ],
    [
      'targets in a list',
      () => crossEntropy(x, wild([0, 1])),
      OptionError,
      "crossEntropy(): argument 'target' must be Tensor, not [0, 1]",
    ],
    [
      'targets of float',
      () => crossEntropy(x, labels.float()),
      DTypeError,
      'expected target dtype to be int32, but got float32',
    ],
    [
      'targets of another number',
      () => crossEntropy(x, tensor([0, 1, 1])),
      ShapeError,
      'Expected input batch_size (2) to match target batch_size (3).',
    ],
    [
      'class weights',
      () => nllLoss(x, labels, { weight: ones([2]) }),
      ShapeError,
      'weight tensor should be defined either for all 3 classes or no classes',
    ],
    [
      'reduction',
      () => crossEntropy(x, labels, { reduction: wild('men') }),
      OptionError,
      'men is not a valid value for reduction',
    ],
    [
      'ignored label',
      () => crossEntropy(x, labels, { ignoreIndex: 1.5 }),
      OptionError,
      "crossEntropy(): argument 'ignoreIndex' must be int, not 1.5",
    ],
    [
      'smoothing',
      () => crossEntropy(x, labels, { labelSmoothing: 2 }),
      OptionError,
      'label_smoothing must be between 0.0 and 1.0. Got: 2',
    ],
    ['no target', () => mseLoss(x, wild(3)), OptionError, "mseLoss(): argument 'target' must be Tensor, not 3"],
    [
      'target shape',
      () => binaryCrossEntropyWithLogits(x, ones([2])),
      ShapeError,
      'Target size (torch.Size([2])) must be the same as input size (torch.Size([2, 3]))',
    ],
    [
      'loss of integers',
      () => binaryCrossEntropyWithLogits(int, int),
      DTypeError,
      /expected floating-point input, got int32/,
    ],
    ['grad', () => grad(x.sum(), wild([5])), OptionError, "grad(): argument 'inputs' must be Tensor, not 5"],
  ]);
});

describe('coercion tells the fix', () => {
  eachRefusal([
    ['to a number', () => +wild(x), OptionError, /^a tensor cannot be used as a number: .*\n.*await x\.item\(\)/],
    ['in a sum', () => wild(x) + 1, OptionError, /^a tensor cannot be used as a number/],
    ['in a comparison', () => wild(x) > 1, OptionError, /^a tensor cannot be used as a number/],
    // biome-ignore lint/suspicious/noDoubleEquals: that is what is tested
    ['in an equality', () => wild(x) == 1, OptionError, /^a tensor cannot be used as a number/],
    ['to JSON', () => JSON.stringify({ loss: x }), OptionError, /^a tensor cannot be written as JSON: .*\n.*tolist/],
  ]);
  test('to text describes it', () => {
    expect(`${x}`).toBe(`tensor(shape=[2, 3], dtype=float32, device=${testDevice})`);
  });
});

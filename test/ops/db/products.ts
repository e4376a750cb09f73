/** Products beside matmul: with something added, of several tensors, of several dims. */
import {
  addbmm,
  addmm,
  addmv,
  addr,
  type BlendOptions,
  baddbmm,
  bmm,
  chainMatmul,
  cross,
  dot,
  einsum,
  functional,
  inner,
  kron,
  mm,
  mv,
  outer,
  type Sublist,
  type Tensor,
  tensordot,
  trace,
  vdot,
} from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { bool, type ErrorSample, f, int, type OpCase, type Operand, op } from './kit.ts';

const shapeError = (inputs: readonly Operand[], message: RegExp, options: object = {}): ErrorSample<object> => ({
  inputs,
  options,
  error: 'ShapeError',
  message,
});
const typeError = (inputs: readonly Operand[], message: RegExp): ErrorSample<object> => ({
  inputs,
  error: 'DTypeError',
  message,
});
const optionError = (inputs: readonly Operand[], message: RegExp, options: object = {}): ErrorSample<object> => ({
  inputs,
  options,
  error: 'OptionError',
  message,
});
const both = { beta: 0.5, alpha: -2 };
/** Its product wraps around. */
const large = int([2, 2], [2 ** 30 + 1, -(2 ** 31), 65537, -65537]);
const missing = (shape: readonly number[]): Operand =>
  f(shape, { values: Array(shape.reduce((n, d) => n * d, 1)).fill(NaN) });

interface ContractedOptions {
  dims?: number;
  first?: number[];
  second?: number[];
}
interface Equation {
  equation: string;
}
const sum = (equation: string, ...inputs: Operand[]) => ({ inputs, options: { equation } });

export const productOps: readonly OpCase[] = [
  op({
    name: 'mm',
    call: (_, a, b) => mm(a, b),
    samples: [
      { inputs: [f([2, 3]), f([3, 2])] },
      { inputs: [large, int([2, 3])] },
      { inputs: [int([2, 0]), int([0, 3])] },
      { inputs: [int([3, 5], undefined, [-4, 5]), { ...int([5, 2]), view: 'transposed' }] },
    ],
    errors: [
      shapeError([f([2]), f([2, 3])], /^self must be a matrix/),
      shapeError([f([2, 3]), f([3])], /^mat2 must be a matrix/),
      typeError([bool([2, 3]), bool([3, 2])], /^"addmm_impl_cpu_" not implemented for 'Bool'/),
    ],
  }),
  op({
    name: 'bmm',
    call: (_, a, b) => bmm(a, b),
    samples: [{ inputs: [f([2, 3, 2]), f([2, 2, 1])] }, { inputs: [int([2, 2, 3]), int([2, 3, 2])] }],
    errors: [
      shapeError([f([2, 3]), f([2, 3])], /^batch1 must be a 3D tensor/),
      shapeError(
        [f([2, 3, 4]), f([3, 4, 3])],
        /^Expected size for first two dimensions of batch2 tensor to be: \[2, 4\] but got: \[3, 4\]./,
      ),
      typeError([f([2, 3, 4]), int([2, 4, 3])], /^expected scalar type Float but found Int/),
    ],
  }),
  op({
    name: 'matmulOfIntegers',
    call: (_, a, b) => a.matmul(b),
    samples: [
      { inputs: [int([3]), int([3])] },
      { inputs: [int([2, 3]), int([3])] },
      { inputs: [int([3]), int([2, 3, 2])] },
      { inputs: [int([2, 1, 2, 3]), int([3, 3, 1])] },
    ],
  }),
  op({
    name: 'mv',
    call: (_, a, b) => mv(a, b),
    samples: [{ inputs: [f([2, 3]), f([3])] }, { inputs: [int([2, 3]), int([3])] }],
    errors: [
      shapeError([f([2]), f([2])], /^vector \+ matrix @ vector expected, got 1, 1, 1/),
      shapeError([f([2, 3]), f([2])], /^size mismatch, got input \(2\), mat \(2x3\), vec \(2\)/),
      typeError([f([2, 3]), int([3])], /^addmv input tensors must have the same dtype, but got Int, Float, and Int/),
    ],
  }),
  op({
    name: 'dot',
    call: (_, a, b) => dot(a, b),
    samples: [{ inputs: [f([3]), f([3])] }, { inputs: [int([3]), int([3])] }],
    errors: [
      shapeError([f([2, 2]), f([2])], /^1D tensors expected, but got 2D and 1D tensors/),
      shapeError([f([2]), f([3])], /^inconsistent tensor size, expected tensor \[2\] and src \[3\]/),
      typeError([f([2]), int([2])], /^dot : expected both vectors to have same dtype, but found Float and Int/),
      typeError([bool([2]), bool([2])], /^"dot" not implemented for 'Bool'/),
    ],
  }),
  op({ name: 'vdot', call: (_, a, b) => vdot(a, b), samples: [{ inputs: [f([3]), f([3])] }] }),
  op({
    name: 'inner',
    call: (_, a, b) => inner(a, b),
    samples: [
      { inputs: [f([3]), f([3])] },
      { inputs: [f([2, 3]), f([2, 2, 3])] },
      { inputs: [f([]), f([2])] },
      { inputs: [int([2, 3]), int([3])] },
    ],
    errors: [
      shapeError(
        [f([2, 3]), f([2, 4])],
        /^inner\(\) the last dimension must match on both input tensors but got shapes \[2, 3\] and \[2, 4\]/,
      ),
    ],
  }),
  op({
    name: 'outer',
    call: (_, a, b) => outer(a, b),
    samples: [
      { inputs: [f([2]), f([3])] },
      { inputs: [int([2]), f([3])] },
      { inputs: [bool([2]), bool([3])] },
      { inputs: [f([0]), f([2])] },
    ],
    errors: [
      shapeError([f([2, 2]), f([3])], /^outer: Expected 1-D argument self, but got 2-D/),
      shapeError([f([2]), f([3, 2])], /^outer: Expected 1-D argument vec2, but got 2-D/),
    ],
  }),
  op({
    name: 'addmm',
    call: (o: BlendOptions, c, a, b) => addmm(c, a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([2, 2]), f([2, 3])] },
      { inputs: [f([3]), f([2, 2]), f([2, 3], { view: 'transposed' })], options: both },
      { inputs: [f([]), f([2, 0]), f([0, 3])], options: { beta: 2 } },
      { inputs: [missing([2, 2]), f([2, 2]), f([2, 2])], options: { beta: 0 }, extreme: true },
      { inputs: [int([2, 2]), int([2, 3]), int([3, 2])], options: { beta: 2.5, alpha: -3 } },
    ],
    errors: [
      shapeError([f([2, 3]), f([2]), f([4, 3])], /^mat1 must be a matrix, got 1-D tensor/),
      shapeError([f([2, 3]), f([2, 4]), f([3, 3])], /^mat1 and mat2 shapes cannot be multiplied \(2x4 and 3x3\)/),
      shapeError(
        [f([2, 2]), f([2, 4]), f([4, 3])],
        /^The expanded size of the tensor \(3\) must match the existing size \(2\) at non-singleton dimension 1. {2}Target sizes: \[2, 3\]. {2}Tensor sizes: \[2, 2\]/,
      ),
      typeError([int([2, 3]), f([2, 4]), f([4, 3])], /^self and mat2 must have the same dtype, but got Int and Float/),
      typeError([f([2, 3]), int([2, 4]), f([4, 3])], /^mat1 and mat2 must have the same dtype, but got Int and Float/),
    ],
  }),
  op({
    name: 'addmv',
    call: (o: BlendOptions, c, a, b) => addmv(c, a, b, o),
    samples: [
      { inputs: [f([2]), f([2, 3]), f([3])], options: both },
      { inputs: [f([]), f([2, 3]), f([3])] },
      { inputs: [missing([2]), f([2, 3]), f([3])], options: { beta: 0 }, extreme: true },
      { inputs: [int([2]), int([2, 3]), int([3])], options: { alpha: 2 } },
    ],
    errors: [
      shapeError([f([3]), f([2, 4]), f([4])], /^size mismatch, got input \(3\), mat \(2x4\), vec \(4\)/),
      shapeError([f([2]), f([2, 4]), f([4, 1])], /^vector \+ matrix @ vector expected, got 1, 2, 2/),
      typeError(
        [f([2]), int([2, 4]), f([4])],
        /^addmv input tensors must have the same dtype, but got Float, Int, and Float/,
      ),
    ],
  }),
  op({
    name: 'addbmm',
    call: (o: BlendOptions, c, a, b) => addbmm(c, a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([3, 2, 2]), f([3, 2, 3])], options: both },
      { inputs: [f([1]), f([1, 2, 2]), f([1, 2, 3])] },
      { inputs: [int([2, 3]), int([3, 2, 2]), int([3, 2, 3])], options: { beta: 2 } },
      { inputs: [f([2, 2]), f([0, 2, 3]), f([0, 3, 2])] },
    ],
    errors: [
      shapeError(
        [f([3, 5]), f([2, 3, 4]), f([3, 4, 5])],
        /^batch1 and batch2 must have same number of batches, got 2 and 3/,
      ),
      shapeError([f([3, 5]), f([2, 3, 4]), f([2, 3, 5])], /^Incompatible matrix sizes for bmm \(3x4 and 3x5\)/),
    ],
  }),
  op({
    name: 'baddbmm',
    call: (o: BlendOptions, c, a, b) => baddbmm(c, a, b, o),
    samples: [
      { inputs: [f([2, 3, 1]), f([2, 3, 2]), f([2, 2, 1])], options: both },
      { inputs: [f([3]), f([1, 2, 2]), f([1, 2, 3])] },
      { inputs: [int([2, 1]), int([2, 2, 3]), int([2, 3, 1])], options: { beta: 3 } },
    ],
    errors: [
      typeError(
        [int([1]), f([2, 3, 4]), f([2, 4, 5])],
        /^Input dtypes must be the same, got: input int, batch1: float, batch2: float/,
      ),
    ],
  }),
  op({
    name: 'addr',
    call: (o: BlendOptions, c, a, b) => addr(c, a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([2]), f([3])], options: both },
      { inputs: [int([]), f([2]), f([3])] },
      { inputs: [missing([2, 2]), f([2]), f([2])], options: { beta: 0 }, extreme: true },
      { inputs: [bool([2, 3]), bool([2]), bool([3])], options: { beta: 3 } },
      { inputs: [bool([2, 3]), bool([2]), bool([3])], options: { beta: 0 } },
      { inputs: [bool([2, 3]), bool([2]), bool([3])], options: { alpha: 0 } },
    ],
    errors: [
      shapeError([f([2, 3]), f([2, 1]), f([3])], /^addr: Expected 1-D argument vec1, but got 2-D/),
      optionError(
        [int([2, 3]), int([2]), int([3])],
        /^For integral input tensors, argument beta must not be a floating point number./,
        { beta: 0.5 },
      ),
    ],
  }),
  op({
    name: 'blendInPlace',
    call: (o: BlendOptions, c, a, b) => [
      c.clone().addmm_(a, b, o),
      c.clone().at(0).addmv_(a.T, b.at(0), o),
      c.clone().addbmm_(a.unsqueeze(0), b.unsqueeze(0)),
      c.clone().unsqueeze(0).baddbmm_(a.unsqueeze(0), b.unsqueeze(0), o),
      c.clone().addr_(a.at(0), b.at(1)),
    ],
    samples: [{ inputs: [f([2, 2]), f([2, 2]), f([2, 2])], options: both }],
  }),
  op({
    name: 'tensordot',
    call: ({ dims, first, second }: ContractedOptions, a, b) =>
      tensordot(a, b, first && second ? { dims: [first, second] } : dims === undefined ? {} : { dims }),
    samples: [
      { inputs: [f([2, 3, 2]), f([3, 2, 2])] },
      { inputs: [f([2, 3]), f([3, 2])], options: { dims: 1 } },
      { inputs: [f([2]), f([2, 1])], options: { dims: 0 } },
      { inputs: [f([2, 3, 4]), f([4, 2, 2])], options: { first: [0, -1], second: [2, 0] } },
      { inputs: [f([2, 1, 2]), f([3, 2])], options: { first: [1], second: [0] } },
      { inputs: [int([2, 3]), int([3, 2])], options: { dims: 1 } },
    ],
    errors: [
      shapeError(
        [f([2, 3]), f([4, 3])],
        /^contracted dimensions need to match, but first has size 3 in dim 1 and second has size 4 in dim 0/,
        { first: [1], second: [0] },
      ),
      shapeError([f([2, 3]), f([4, 3])], /^both dimension lists should have same length/, {
        first: [1],
        second: [0, 1],
      }),
      shapeError([f([2, 2]), f([2, 2])], /^dim 0 appears multiple times in the list of dims/, {
        first: [0, 0],
        second: [0, 1],
      }),
      optionError([f([2]), f([2])], /^tensordot expects dims >= 0, but got dims=-1/, { dims: -1 }),
      optionError([f([2]), f([2])], /^tensordot expects dims < ndim_a or ndim_b, but got dims=2/, { dims: 2 }),
      typeError([f([2, 2]), int([2, 2])], /^both inputs should have same dtype/),
    ],
  }),
  op({
    name: 'kron',
    call: (_, a, b) => kron(a, b),
    samples: [
      { inputs: [f([2, 3]), f([2])] },
      { inputs: [f([2]), f([2, 1, 3], { view: 'transposed' })] },
      { inputs: [f([]), int([2, 2])] },
      { inputs: [f([0, 2]), f([2, 2])] },
    ],
  }),
  op({
    name: 'cross',
    call: (o: { dim?: number }, a, b) => cross(a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([2, 3])] },
      { inputs: [f([3, 3]), f([3, 3])] },
      { inputs: [f([1, 3]), f([2, 3])], options: { dim: -1 } },
      { inputs: [int([3]), int([3])] },
    ],
    errors: [
      shapeError([f([2, 4]), f([2, 4])], /^no dimension of size 3 in input/),
      shapeError([f([2, 3]), f([2, 4])], /^linalg.cross: inputs dimension 1 must have length 3. Got 3 and 4/),
      typeError([f([3]), int([3])], /^expected scalar type Float but found Int/),
    ],
  }),
  op({
    name: 'trace',
    call: (_, a) => trace(a),
    samples: [{ inputs: [f([3, 2])] }, { inputs: [int([2, 3])] }, { inputs: [f([0, 2])] }],
    errors: [shapeError([f([3])], /^trace: expected a matrix, but got tensor with dim 1/)],
  }),
  op({
    name: 'chainMatmul',
    call: (_, ...matrices) => chainMatmul(...matrices),
    samples: [{ inputs: [f([2, 3]), f([3, 4]), f([4, 1])] }, { inputs: [f([2, 3])] }],
    errors: [
      optionError([], /^chain_matmul\(\): Expected one or more matrices/),
      shapeError([f([3]), f([3, 2])], /^Tensor dimension is 1, expected 2 instead./),
    ],
  }),
  op({
    name: 'einsum',
    call: ({ equation }: Equation, ...operands) => einsum(equation, ...operands),
    samples: [
      sum('ij,jk', f([2, 3]), f([3, 4])),
      sum('ij,jk->ki', f([2, 3]), f([3, 2])),
      sum('bij,bjk->bik', f([2, 2, 3]), f([2, 3, 2])),
      sum('bqhd,bkhd->bhqk', f([2, 3, 2, 2]), f([2, 2, 2, 2])),
      sum('bi,oij,bj->bo', f([2, 3]), f([2, 3, 2]), f([2, 2])),
      sum('iij,kj->i', f([3, 3, 2]), f([2, 2])),
      sum('iji->j', f([2, 3, 2])),
      sum('ii', f([3, 3])),
      sum('bA', f([2, 3])),
      sum('a...b, ...b -> ...a', f([2, 3, 2]), f([3, 2])),
      sum('...i,...i', f([2, 1, 3]), f([2, 3])),
      sum('...i->i', f([2, 3])),
      sum('i,ij,j', f([2]), f([2, 3]), f([3])),
      sum('ij,j->i', f([2, 1]), f([3])),
      sum('abij,ijc->cab', f([2, 2, 2, 3], { view: 'transposed' }), f([2, 3, 2])),
      sum('i,j->ij', f([2]), f([3])),
      sum('i,i->i', int([3]), f([3])),
      sum('ij,j->i', f([2, 0]), f([0])),
      sum('', f([])),
      sum('ij,jk', int([2, 3]), int([3, 2])),
      sum('i->', bool([3])),
      sum('ab,bc,cd,de,ef,fg,gh,hi,ia', ...Array.from({ length: 9 }, () => f([2, 2]))),
    ],
    tolerance: tolerances.longProducts,
    errors: [
      optionError([f([2, 3])], /^einsum\(\): fewer operands were provided than specified in the equation/, {
        equation: 'ij,jk',
      }),
      optionError([f([2]), f([2])], /^einsum\(\): more operands were provided than specified in the equation/, {
        equation: 'i->i',
      }),
      optionError([], /^einsum\(\): must specify the equation string and at least one operand/, { equation: 'i->i' }),
      optionError(
        [f([2, 3])],
        /^einsum\(\): invalid subscript given at index 1 in the equation string, subscripts must be in \[a-zA-Z\]/,
        { equation: 'i$' },
      ),
      optionError([f([2, 3])], /^einsum\(\): invalid subscript given at index 6 in the equation string/, {
        equation: 'ij->ij->i',
      }),
      optionError([f([2, 3])], /^einsum\(\): found '.' for operand 0 that is not part of any ellipsis/, {
        equation: 'i..j->ij',
      }),
      optionError([f([2, 3])], /^einsum\(\): found '.' for operand 0 for which an ellipsis was already found/, {
        equation: '......ij->ij',
      }),
      optionError([f([2, 3])], /^einsum\(\): found '.' for output but an ellipsis \(...\) was already found/, {
        equation: 'ij->i...j...',
      }),
      optionError([f([2, 3])], /^einsum\(\): found '.' for output that is not part of any ellipsis \(...\)/, {
        equation: 'ij->i..',
      }),
      optionError([f([2, 3])], /^einsum\(\): output subscript i appears more than once in the output/, {
        equation: 'ij->iik',
      }),
      optionError(
        [f([2, 3])],
        /^einsum\(\): output subscript k does not appear in the equation for any input operand/,
        { equation: 'ij->k' },
      ),
      shapeError(
        [f([2])],
        /^einsum\(\): the number of subscripts in the equation \(2\) is more than the number of dimensions \(1\) for operand 0/,
        { equation: 'ij...->...' },
      ),
      shapeError(
        [f([2, 3])],
        /^einsum\(\): the number of subscripts in the equation \(3\) does not match the number of dimensions \(2\) for operand 0 and no ellipsis was given/,
        { equation: 'ijk' },
      ),
      shapeError([f([2, 3])], /^einsum\(\): subscript i is repeated for operand 0 but the sizes don't match, 3 != 2/, {
        equation: 'ii->i',
      }),
      shapeError(
        [f([2, 3]), f([4, 4])],
        /^einsum\(\): subscript j has size 4 for operand 1 which does not broadcast with previously seen size 3/,
        { equation: 'ij,jk->ik' },
      ),
      shapeError(
        [f([2, 3]), f([3, 3])],
        /^einsum\(\): dimension 0 covered by ellipsis in operand 1 ?has size 3 which does not broadcast with previously seen ellipsis with size 2 for the respective dimension/,
        { equation: '...i,...i->...' },
      ),
      {
        ...typeError([f([2, 3]), int([3, 4])], /^expected scalar type Float but found Int/),
        options: { equation: 'ij,jk->ik' },
      },
      {
        ...typeError([bool([2, 3]), bool([3, 4])], /^"bmm" not implemented for 'Bool'/),
        options: { equation: 'ij,jk->ik' },
      },
    ],
  }),
  op({
    name: 'einsumOfSublists',
    call: ({ dims }: { dims: string }, ...operands) => {
      const lists = dims.split(';').map((list) => list.split(' ').map((d) => (d === '...' ? d : Number(d))));
      const interleaved = lists.flatMap((d, i): (Tensor | Sublist)[] => (operands[i] ? [operands[i], d] : [d]));
      return einsum(...(interleaved as [Tensor, Sublist]));
    },
    samples: [
      { inputs: [f([2, 3]), f([3, 2])], options: { dims: '0 1;1 2' } },
      { inputs: [f([2, 3]), f([3, 2])], options: { dims: '... 27;27 0;0 ...' } },
    ],
    errors: [
      optionError([f([2, 3])], /^einsum\(\): subscript in subscript list is not within the valid range \[0, 52\)/, {
        dims: '0 52',
      }),
    ],
  }),
  op({
    name: 'linearWithBias',
    call: (_, x, w, b) => functional.linear(x, w, { bias: b ?? null }),
    samples: [
      { inputs: [f([2, 3]), f([2, 3]), f([])] },
      { inputs: [f([2, 2, 3]), f([3]), f([])] },
      { inputs: [int([2, 3]), int([2, 3]), int([2])] },
      { inputs: [f([3]), f([3])] },
    ],
    errors: [
      shapeError(
        [f([2, 3]), f([4, 3]), f([3])],
        /^The expanded size of the tensor \(4\) must match the existing size \(3\)|^The size of tensor a/,
      ),
      shapeError([f([2, 3]), f([2, 4, 3])], /^t\(\) expects a tensor with <= 2 dimensions, but self is 3D/),
      shapeError([f([]), f([2, 3])], /^both arguments to linear need to be at least 1D, but they are 0D and 2D/),
      typeError([f([2, 3]), f([4, 3]), int([4])], /^self and mat2 must have the same dtype, but got Int and Float/),
    ],
  }),
  op({
    name: 'bilinear',
    call: (_, a, b, w, bias) => functional.bilinear(a, b, w, bias),
    samples: [
      { inputs: [f([2, 3]), f([2, 2]), f([4, 3, 2]), f([4])] },
      { inputs: [f([3]), f([2]), f([1, 3, 2])] },
      { inputs: [f([2, 2, 1]), f([2, 2, 2]), f([3, 1, 2], { view: 'transposed' })] },
      { inputs: [int([0, 2]), int([0, 2]), int([2, 2, 2]), int([2])] },
    ],
    errors: [
      shapeError(
        [f([2, 3]), f([3, 4]), f([5, 3, 4])],
        /^bilinear\(\): input batch dimensions do not match at dim 0: got 2 and 3/,
      ),
      shapeError([f([2, 3]), f([2, 4, 4]), f([5, 3, 4])], /^bilinear\(\): input dimensions do not match: got 2 and 3/),
      shapeError(
        [f([2, 3]), f([2, 4]), f([5, 2, 4])],
        /^bilinear\(\): input1 size does not match weight size: got 3 but expected 2/,
      ),
      shapeError(
        [f([2, 3]), f([2, 4]), f([5, 3, 5])],
        /^bilinear\(\): input2 size does not match weight size: got 4 but expected 5/,
      ),
      shapeError(
        [f([2, 3]), f([2, 4]), f([5, 3, 4]), f([4])],
        /^bilinear\(\): bias size does not match weight size: got 4 but expected 5/,
      ),
      typeError([f([2, 3]), int([2, 4]), f([5, 3, 4])], /^All tensors must have the same dtype/),
    ],
  }),
];

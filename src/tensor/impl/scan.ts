/** Running results along a dim. */
import { apply } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import { op } from './common.ts';

type ScanName = 'cumsum' | 'cumprod' | 'cummax' | 'cummin' | 'logcumsumexp';

/** All results of a scan of lines along `dim`; a 0-d tensor is a line of one element. */
export function running(name: ScanName, x: Var, dim: number): Var[] {
  const isScalar = x.shape.length === 0;
  const results = apply(name, [isScalar ? op('reshape', [x], { shape: [1] }) : x], { dim });
  return isScalar ? results.map((v) => op('reshape', [v], { shape: [] })) : results;
}

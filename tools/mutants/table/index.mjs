// @ts-check
/** Every mutant. */
import { contractionMutants } from './contraction.mjs';
import { elementMutants } from './element.mjs';
import { movingMutants } from './moving.mjs';
import { recurrentMutants } from './recurrent.mjs';
import { rowMutants } from './rows.mjs';

/** @type {readonly import('./kit.mjs').Mutant[]} */
export const mutants = [...elementMutants, ...rowMutants, ...contractionMutants, ...movingMutants, ...recurrentMutants];

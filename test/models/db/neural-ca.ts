import { NeuralCA } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = { NeuralCA: () => new NeuralCA({ channels: 5, hidden: 3, fireRate: 1 }) };

import { UNet } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = { UNet: () => new UNet(1, 2, { width: 1, depth: 2 }) };

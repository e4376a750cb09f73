import { VAE } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = { VAE: () => new VAE({ inFeatures: 6, hidden: 4, latent: 2 }) };

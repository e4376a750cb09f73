import { DCGANDiscriminator, DCGANGenerator } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  generator: () => new DCGANGenerator({ nz: 2, ngf: 2, nc: 1, imageSize: 16 }),
  discriminator: () => new DCGANDiscriminator({ ndf: 2, nc: 1, imageSize: 16 }),
};

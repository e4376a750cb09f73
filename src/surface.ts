/** What init() loads beside the device: the extended ops and functions, and what modules seldom need. */
import { installLoaderMethods } from './data/loader-methods.ts';
import { installModuleMethods } from './nn/module-methods.ts';
import { installOptimizerMethods } from './optim/optimizer-methods.ts';
import { installSurface as installTensorSurface } from './tensor/surface.ts';

export function installSurface(): void {
  installTensorSurface();
  installModuleMethods();
  installOptimizerMethods();
  installLoaderMethods();
}

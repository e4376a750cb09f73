/** What a run is made from. The page, its worker and the Node script share this. */
export interface Settings {
  model: ModelName;
  optimizer: OptimizerName;
  lr: number;
  batchSize: number;
  seed: number;
  device: DeviceChoice;
}
export type ModelName = 'cnn' | 'mlp';
export type OptimizerName = 'sgd' | 'adam' | 'adamw';
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

export const modelNames: readonly ModelName[] = ['cnn', 'mlp'];
export const optimizerNames: readonly OptimizerName[] = ['sgd', 'adam', 'adamw'];
export const deviceChoices: readonly DeviceChoice[] = ['auto', 'webgpu', 'cpu'];
export const batchSizes: readonly number[] = [16, 32, 64, 128, 256];

/** A learning rate that works, for each optimizer. */
export const usualRate: Readonly<Record<OptimizerName, number>> = { sgd: 0.02, adam: 0.001, adamw: 0.001 };

export const defaults: Readonly<Settings> = {
  model: 'cnn',
  optimizer: 'sgd',
  lr: usualRate.sgd,
  batchSize: 64,
  seed: 1,
  device: 'auto',
};

export const isRate = (lr: number): boolean => lr > 0 && lr <= 10;
export const isSeed = (seed: number): boolean => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32;

/** Settings from an address such as `#model=mlp&lr=0.001`; what is missing or makes no sense has its default. */
export function parseHash(hash: string): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const oneOf = <T>(key: string, allowed: readonly T[], fallback: T): T =>
    allowed.find((value) => String(value) === given.get(key)) ?? fallback;
  const number = (key: string, valid: (n: number) => boolean, fallback: number): number => {
    const value = Number(given.get(key) || Number.NaN);
    return valid(value) ? value : fallback;
  };
  const optimizer = oneOf('optimizer', optimizerNames, defaults.optimizer);
  return {
    model: oneOf('model', modelNames, defaults.model),
    optimizer,
    lr: number('lr', isRate, usualRate[optimizer]),
    batchSize: oneOf('batch', batchSizes, defaults.batchSize),
    seed: number('seed', isSeed, defaults.seed),
    device: oneOf('device', deviceChoices, defaults.device),
  };
}

/** The address part for `settings`: only what differs from the defaults, '' for none. */
export function formatHash(settings: Settings): string {
  const parts = new URLSearchParams();
  if (settings.model !== defaults.model) parts.set('model', settings.model);
  if (settings.optimizer !== defaults.optimizer) parts.set('optimizer', settings.optimizer);
  if (settings.lr !== usualRate[settings.optimizer]) parts.set('lr', String(settings.lr));
  if (settings.batchSize !== defaults.batchSize) parts.set('batch', String(settings.batchSize));
  if (settings.seed !== defaults.seed) parts.set('seed', String(settings.seed));
  if (settings.device !== defaults.device) parts.set('device', settings.device);
  return parts.size > 0 ? `#${parts}` : '';
}

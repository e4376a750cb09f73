import { OptionError, wrongType } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { optionalArgs } from '../tensor/arguments.ts';
import { checkReduction } from '../tensor/impl/common.ts';
import { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';
import { pythonBool, pythonFloat } from './repr.ts';

/**
 * Base of layers that are a function and its settings. Each setting is a property; `usual` names them in PyTorch's order, with
 * their defaults, whose types the given values must have. A default of null takes anything; a tensor given for one becomes a
 * buffer.
 */
export abstract class Configured extends Module {
  private readonly names: readonly string[];

  constructor(usual: Readonly<Record<string, unknown>>, given: readonly unknown[]) {
    super();
    const layer = this.constructor.name;
    this.names = Object.keys(usual);
    const options = optionalArgs<Record<string, unknown>>(layer, this.names, given);
    for (const name of this.names) {
      const value = options[name] ?? usual[name];
      if (usual[name] === null && (value === null || value instanceof Tensor))
        this.registerBuffer(name, value as Tensor | null);
      else if (usual[name] === null || typeof value === typeof usual[name]) Reflect.set(this, name, value);
      else if (typeof usual[name] === 'number')
        throw new OptionError(`${layer}: ${name} must be a number, got ${typeof value}`);
      else if (typeof usual[name] === 'boolean') wrongType(layer, name, 'true or false', value);
      else wrongType(layer, name, 'a string', value);
    }
    if (typeof usual.reduction === 'string' && options.reduction !== 'batchmean')
      checkReduction(layer, `${options.reduction ?? usual.reduction}`);
  }

  /** The settings as they are now, by name. */
  protected settings<S>(): S {
    return Object.fromEntries(this.names.map((name) => [name, Reflect.get(this, name)])) as S;
  }
  /** `alpha=1.0, inplace=True`: of the settings named. */
  protected shown(...names: string[]): string {
    return names
      .map((name) => {
        const value: unknown = Reflect.get(this, name);
        const text =
          typeof value === 'number' ? pythonFloat(value) : typeof value === 'boolean' ? pythonBool(value) : `${value}`;
        return `${snakeCase(name)}=${text}`;
      })
      .join(', ');
  }
}

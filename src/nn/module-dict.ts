import { OptionError } from '../core/errors.ts';
import { checkModule } from './containers.ts';
import { entriesOf, Keyed, type NamedEntries } from './keyed.ts';
import { checkName, type Module } from './module.ts';

/**
 * Modules by name, in order, that your own forward() calls as it likes. Source: torch.nn.ModuleDict.
 *
 * @throws OptionError for an entry that is no module, and for names that are empty or contain a dot.
 * @example
 * const choices = new nn.ModuleDict({ conv: new nn.Conv2d(10, 10, 3), pool: new nn.MaxPool2d(3) });
 * choices.set('act', new nn.ReLU());
 * [...choices.keys()]; // ['conv', 'pool', 'act']
 * choices.get('conv')!.forward(randn([1, 10, 5, 5])).shape; // [1, 10, 3, 3]
 */
export class ModuleDict<M extends Module = Module> extends Keyed<M> {
  constructor(modules: NamedEntries<M> = []) {
    super();
    this.update(modules);
  }
  /** Sets several entries, in their order. */
  update(modules: NamedEntries<M>): this {
    for (const [key, module] of entriesOf(this, 'update', modules)) this.set(key, module);
    return this;
  }
  protected override entry(key: string, module: unknown): M {
    checkName(this, 'module', key, true);
    checkModule(this, key, module);
    return module as M;
  }
  override forward(): never {
    throw new OptionError(
      'Module [ModuleDict] is missing the required "forward" function\n  call its modules one by one: dict.get(name).forward(x)',
    );
  }
}

/** What init() loads beside the device: the extended rows, and the methods that are free functions. */

import { extendedRows } from '../ops/extended/index.ts';
import { addRows } from '../ops/index.ts';
import { refusePositional } from './arguments-by-name.ts';
import { checkPaddingMode, padForConv } from './functional/conv-padding.ts';
import { late } from './late.ts';
import { methodTables, properties } from './methods.ts';
import { Tensor } from './tensor.ts';

export function installSurface(): void {
  addRows(extendedRows);
  Object.assign(late, { checkPaddingMode, padForConv, refusePositional });
  for (const table of methodTables) {
    for (const [name, fn] of Object.entries(table)) {
      const method = function (this: Tensor, ...args: unknown[]): unknown {
        return (fn as (input: Tensor, ...rest: unknown[]) => unknown)(this, ...args);
      };
      Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
    }
  }
  for (const [name, fn] of Object.entries(properties)) {
    const get = function (this: Tensor): unknown {
      return fn(this);
    };
    Object.defineProperty(Tensor.prototype, name, { get, configurable: true });
  }
}

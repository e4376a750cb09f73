/**
 * Looking on while a model runs: which module is at work, and what it records. Nothing in the engine or in modules knows of it.
 * Methods are replaced for as long as someone looks, so that nobody pays who does not.
 */
import type { Engine } from '../graph/engine.ts';
import type { NodeInput, Value } from '../graph/node.ts';
import { addForwardHook, addForwardPreHook } from '../nn/forward-hooks.ts';
import type { Module } from '../nn/module.ts';
import type { OpName } from '../ops/index.ts';
import type { Attrs } from '../ops/types.ts';

/** Ends what was begun. */
export type Stop = () => void;

/** Puts `around` in the place of a method of `object`. */
export function replaceMethod<O extends object, K extends keyof O>(
  object: O,
  name: K,
  around: (original: O[K]) => O[K],
): Stop {
  const own = Object.hasOwn(object, name);
  const before = object[name];
  object[name] = around(before);
  return () => {
    if (own) object[name] = before;
    else Reflect.deleteProperty(object, name);
  };
}

/** Sees each op that an engine records, once it is on the list. */
export function watchRecording(
  engine: Engine,
  seen: (op: OpName, inputs: readonly NodeInput[], attrs: Attrs, outputs: readonly Value[]) => void,
): Stop {
  return replaceMethod(engine, 'record', (record) => (op, inputs, attrs) => {
    const outputs = record.call(engine, op, inputs, attrs);
    seen(op, inputs, attrs, outputs);
    return outputs;
  });
}

/** A call of forward. */
export interface Call {
  readonly module: Module;
  /** Its name in the model, `''` for the model itself. */
  readonly path: string;
}

/** Sees when the modules of a model begin and end their work. */
export function watchModules(
  model: Module,
  enter: (call: Call) => void,
  leave: (call: Call, output: unknown) => void,
): Stop {
  const stack: Call[] = [];
  const handles = [...model.namedModules()].flatMap(([path, module]) => [
    // The first to hear of the inputs and the last to hear of the output: hooks of others are part of the module's work.
    addForwardPreHook(
      module,
      () => {
        const call = { module, path };
        stack.push(call);
        enter(call);
      },
      true,
    ),
    addForwardHook(
      module,
      (_module, _inputs, output) => {
        // Those that threw before their turn are gone with it.
        const at = stack.findLastIndex((call) => call.module === module);
        if (at < 0) return;
        for (const call of stack.splice(at).reverse()) leave(call, call.module === module ? output : null);
      },
      false,
      true,
    ),
  ]);
  return () => {
    for (const handle of handles) handle.remove();
  };
}

import { highlight } from '../shared/highlight.ts';
import { byId, count, make } from './dom.ts';
import { layers } from './layers.ts';
import source from './model.ts?raw';
import type { ModelName } from './settings.ts';

const explanation: Readonly<Record<ModelName, string>> = {
  cnn: 'Two rounds of the same idea: a convolution looks for small patterns everywhere in the picture, pooling keeps the strongest find of each 2 by 2 patch. A linear layer turns the finds into ten scores.',
  mlp: 'Three linear layers in a row. Each unit weighs all numbers before it and passes its sum on when it is positive. Nothing tells this network which pixels are neighbours.',
};

/** The diagram of the layers and the program, for the chosen model. */
export class Network {
  private shown: ModelName | null = null;
  private readonly code = byId('code', HTMLElement);

  constructor() {
    const copy = byId('copy', HTMLButtonElement);
    copy.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(this.code.textContent);
        copy.textContent = 'Copied';
      } catch {
        // No permission, or not a secure context: select it, so that the usual keys copy it.
        getSelection()?.selectAllChildren(this.code);
        copy.textContent = 'Selected';
      }
      setTimeout(() => {
        copy.textContent = 'Copy';
      }, 2000);
    });
  }

  show(model: ModelName): void {
    if (this.shown === model) return;
    this.shown = model;
    const list = layers[model];
    const parameters = list.reduce((sum, layer) => sum + layer.parameters, 0);
    byId('network-text', HTMLElement).textContent =
      `${explanation[model]} In all, ${count(parameters)} numbers to learn.`;
    byId('layers', HTMLElement).replaceChildren(
      ...list.map(({ name, shape, parameters }) => {
        const [channels, extent] = shape.length === 3 ? [shape[0]!, shape[1]!] : [1, 0];
        const picture = make('span', { className: extent ? 'volume' : 'units', ariaHidden: 'true' });
        // Sides in proportion to the picture, depth to the logarithm of the channels.
        picture.style.setProperty('--extent', String(extent || Math.log2(shape[0]!) / 10));
        picture.style.setProperty('--depth', String(Math.log2(channels)));
        return make(
          'li',
          {},
          make('span', { className: 'layer-picture' }, picture),
          make('span', { className: 'layer-name', textContent: name }),
          make('span', { className: 'layer-shape', textContent: shape.join(' × ') }),
          make('span', {
            className: 'layer-count',
            textContent: parameters ? `${count(parameters)} weights` : 'nothing to learn',
          }),
        );
      }),
    );
    this.code.replaceChildren(...highlight(program(model)));
  }
}

/** The parts of model.ts that make this model: what is shown is what runs. */
function program(model: ModelName): string {
  const part = (name: string) => {
    const [, text] = source.split(`// <${name}>\n`);
    return text!.split(`// </${name}>`)[0]!.replace('export ', '').trimEnd();
  };
  return [part('imports'), part(model), part('optimizers'), part('step')].join('\n\n');
}

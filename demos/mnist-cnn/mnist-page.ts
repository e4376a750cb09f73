import type { Mnist } from './digits.ts';
import { loadMnist } from './mnist.ts';

/** The subset that comes with the page: 5 200 + 1 000 images, 1 MB. */
const subset: Readonly<Record<string, string>> = {
  'train-images-idx3-ubyte': new URL('./data/train-images-idx3-ubyte.gz', import.meta.url).href,
  'train-labels-idx1-ubyte': new URL('./data/train-labels-idx1-ubyte.gz', import.meta.url).href,
  't10k-images-idx3-ubyte': new URL('./data/t10k-images-idx3-ubyte.gz', import.meta.url).href,
  't10k-labels-idx1-ubyte': new URL('./data/t10k-labels-idx1-ubyte.gz', import.meta.url).href,
};
/** Where the development server has all 70 000 images (see tools/data/serve-mnist.mjs), else ''. */
const full: string = import.meta.env.FULL_MNIST ?? '';

/** MNIST for the page, from its own server. */
export function fetchMnist(): Promise<Mnist> {
  return loadMnist(async (name) => {
    const url = full ? full + name : subset[name]!;
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The images could not be loaded: ${url} answered ${response.status}.`);
    return new Uint8Array(await response.arrayBuffer());
  });
}

/** Computes a product on the CPU; its title tells what with, and the sum of what came out. */
import { arange, init } from 'lumigrad';

const { description } = await init({ device: 'cpu' });
const x = arange(400).remainder(7).to('float32').reshape([20, 20]);
document.title = JSON.stringify([description, await x.matmul(x).sum().item()]);

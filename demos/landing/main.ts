import { highlight } from '../shared/highlight.ts';
import source from './snippet.ts?raw';

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

element('code').append(...highlight(source.trimEnd()));

const output = element('output');
const button = element<HTMLButtonElement>('run');
button.addEventListener('click', async () => {
  button.disabled = true;
  output.textContent = '';
  try {
    // The framework is loaded when it is first wanted.
    const { fitLine } = await import('./snippet.ts');
    await fitLine((line) => output.append(`${line}\n`));
  } catch (error) {
    output.append(`It failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  button.disabled = false;
});

/** A handwritten 3, in the accent colour of the scheme. */
function drawDigit(): void {
  const context = element<HTMLCanvasElement>('digit').getContext('2d')!;
  const style = getComputedStyle(document.documentElement);
  context.clearRect(0, 0, 84, 84);
  context.strokeStyle = style.getPropertyValue('--accent').trim();
  context.lineWidth = 8;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(28, 22);
  context.bezierCurveTo(50, 10, 66, 32, 40, 41);
  context.bezierCurveTo(70, 40, 64, 74, 26, 62);
  context.stroke();
}
drawDigit();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawDigit);

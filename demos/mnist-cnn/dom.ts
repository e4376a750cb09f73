/** The element with this id, which the page's HTML must have. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with the id '${id}'`);
  return found;
}

/** A new element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Milliseconds between two redraws for visitors who asked their system for less motion. */
const calmly = 500;
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** `draw`, run at most once per frame (or twice a second, for those who want less motion) however often it is asked for. */
export function oncePerFrame(draw: () => void): () => void {
  let asked = false;
  const run = () => {
    asked = false;
    draw();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (reducedMotion.matches) setTimeout(run, calmly);
    else requestAnimationFrame(run);
  };
}

/** A colour of the stylesheet, as it is in the current colour scheme. */
export function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Calls back when the visitor's system changes between light and dark. */
export function onSchemeChange(redraw: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
}

/** Numbers in words: 97.4 %, 1 234. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
export const count = (n: number): string => Math.round(n).toLocaleString('en').replaceAll(',', '\u202f');

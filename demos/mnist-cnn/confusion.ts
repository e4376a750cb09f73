import { byId, make } from './dom.ts';

const digits = Array.from({ length: 10 }, (_, digit) => digit);

/** The confusion matrix as a table: true digits down, readings across. */
export class Confusion {
  private readonly cells: HTMLTableCellElement[][];
  private readonly totals: HTMLTableCellElement[];

  constructor() {
    const table = byId('confusion', HTMLTableElement);
    const header = (text: string, scope: string) => make('th', { textContent: text, scope });
    const head = make(
      'tr',
      {},
      header('true', 'col'),
      ...digits.map((d) => header(String(d), 'col')),
      header('right', 'col'),
    );
    this.cells = digits.map(() => digits.map(() => make('td')));
    this.totals = digits.map(() => make('td', { className: 'total' }));
    const rows = digits.map((d) => make('tr', {}, header(String(d), 'row'), ...this.cells[d]!, this.totals[d]!));
    table.append(
      make('caption', {
        className: 'visually-hidden',
        textContent: 'How many test images of each true digit (rows) were read as each digit (columns)',
      }),
      make('thead', {}, head),
      make('tbody', {}, ...rows),
    );
    this.show(new Uint8Array(0), new Uint8Array(0));
  }

  show(labels: Uint8Array, guesses: Uint8Array): void {
    const counts = digits.map(() => digits.map(() => 0));
    guesses.forEach((guess, i) => {
      counts[labels[i]!]![guess]!++;
    });
    digits.forEach((row) => {
      const total = counts[row]!.reduce((sum, n) => sum + n, 0);
      digits.forEach((column) => {
        const cell = this.cells[row]![column]!;
        const n = counts[row]![column]!;
        cell.textContent = n === 0 ? '·' : String(n);
        cell.className = n === 0 ? 'none' : row === column ? 'right' : 'wrong';
        // A few mistakes must show beside many right ones: wrong cells are tinted five times as fast.
        const share = total === 0 ? 0 : n / total;
        cell.style.setProperty('--share', String(row === column ? share : Math.min(1, 5 * share)));
      });
      this.totals[row]!.textContent = total === 0 ? '–' : `${Math.round((100 * counts[row]![row]!) / total)} %`;
    });
  }
}

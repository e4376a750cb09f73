/** Tables as text and as HTML. */

/** `1234567` as `1,234,567`. */
export const grouped = (n: number): string => n.toLocaleString('en-US');

/** Milliseconds as `1.234ms`, `12.000us` or `1.500s`. */
export function timeText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(3)}s`;
  return ms >= 1 ? `${ms.toFixed(3)}ms` : `${(ms * 1000).toFixed(3)}us`;
}

/** Columns as wide as their contents: the first is set left, the others right. */
export function columns(rows: readonly (readonly string[])[], align: 'left' | 'right'): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => [...row[i]!].length)));
  return rows.map((row) =>
    row
      .map((text, i) => {
        const space = ' '.repeat(widths[i]! - [...text].length);
        return i === 0 || align === 'left' ? text + space : space + text;
      })
      .join('  ')
      .trimEnd(),
  );
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it must stand in HTML, in elements and in attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c]!);

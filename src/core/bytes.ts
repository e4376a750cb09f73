const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1.50 kB`, for people; a kilobyte has 1000 bytes. */
export function bytesText(bytes: number): string {
  if (bytes === 0) return '0 B';
  const power = Math.min(Math.floor(Math.log10(Math.abs(bytes)) / 3), units.length - 1);
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(2)} ${units[power]}`;
}

/** A figure or text of a row. Figures are printed unrounded. */
type Cell = string | number;

/** Prints a table with left-aligned text and right-aligned numbers. */
export function printTable(title: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const width = (column: number) =>
    Math.max(...[heads, ...rows].map((row: readonly Cell[]) => String(row[column] ?? '').length));
  const widths = heads.map((_, column) => width(column));
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, column) => {
        const length = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(length) : cell.padEnd(length);
      })
      .join('  ')
      .trimEnd();
  console.log(`\n${title}\n`);
  console.log(line(heads));
  console.log(widths.map((length) => '-'.repeat(length)).join('  '));
  for (const row of rows) console.log(line(row));
}

/** Returns the median of an odd number of values. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new Error('the list must not be empty');
  return middle;
}

import { truncateWithEllipsis, withoutDirectionControls } from '../../functions/core/domain/text.ts';

type Cell = string | number | null | undefined;

/** Maximum length of the last column. */
const MAX_CELL_LENGTH = 100;

/** Formats a table with aligned columns. Empty cells show a dash. */
export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(formatCell))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) => row.map((cell, column) => padCell(cell, widths[column] ?? 0, column === row.length - 1)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

const padCell = (cell: string, width: number, isLast: boolean): string =>
  isLast && cell.length > MAX_CELL_LENGTH ? truncateWithEllipsis(cell, MAX_CELL_LENGTH) : cell.padEnd(width);

/** Formats a cell. Removes control and direction characters, so that texts of tenants cannot control the terminal. */
function formatCell(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-';
  return withoutDirectionControls(String(value)).replaceAll(/\p{Cc}+/gu, ' ');
}

/** Formats a time as `2026-03-02T01:03:12Z`, which options accept. */
export function formatTime(iso: string | null): string | undefined {
  return iso === null ? undefined : `${iso.slice(0, 19)}Z`;
}

/** Formats a duration as `12 ms`, `3.2 s` or `4 min`. */
export function formatDuration(ms: number | null): string | null {
  if (ms === null) return null;
  if (ms < 1_000) return `${ms} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

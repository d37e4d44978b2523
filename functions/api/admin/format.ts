/**
 * Formats a duration in seconds as the admin job stats contract does: `45s`; below 10 s with one decimal, `0.4s`.
 *
 * @param ms milliseconds, at least 0
 */
export function formatSeconds(ms: number): string {
  const tenths = Math.round(ms / 100);
  return tenths < 100 ? `${(tenths / 10).toFixed(1)}s` : `${Math.round(ms / 1_000)}s`;
}

/**
 * Formats a share in percent with at most one decimal: `99.8%`, `100%`. Only a complete share is `100%` and only an
 * empty one `0%`: one failure in a million is `99.9%`.
 *
 * @returns `null` if `whole` is 0
 */
export function formatPercent(part: number, whole: number): string | null {
  if (whole === 0) return null;
  if (part === 0 || part === whole) return part === 0 ? '0%' : '100%';
  const tenths = Math.min(999, Math.max(1, Math.round((part / whole) * 1_000)));
  return `${tenths / 10}%`;
}

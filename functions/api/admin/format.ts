/**
 * A length of time in seconds, as the contract writes it: `45s`; under 10 s with one decimal, `0.4s`.
 *
 * @param ms at least 0
 */
export function formatSeconds(ms: number): string {
  const tenths = Math.round(ms / 100);
  return tenths < 100 ? `${(tenths / 10).toFixed(1)}s` : `${Math.round(ms / 1_000)}s`;
}

/**
 * A share in percent with at most one decimal: `99.8%`, `100%`. Only all is 100 % and only none is 0 %: one failure in a
 * million is `99.9%`, for a hundred percent would say that there was none. Null where there is nothing to share.
 */
export function formatPercent(part: number, whole: number): string | null {
  if (whole === 0) return null;
  if (part === 0 || part === whole) return part === 0 ? '0%' : '100%';
  const tenths = Math.min(999, Math.max(1, Math.round((part / whole) * 1_000)));
  return `${tenths / 10}%`;
}

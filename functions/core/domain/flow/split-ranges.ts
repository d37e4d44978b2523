/** Split numbers of a task as ranges, for example `0-3,8`. */
export type SplitRanges = string;

/** Returns the shortest text for ascending numbers. */
export function formatSplitRanges(splits: readonly number[]): SplitRanges {
  const ranges: [number, number][] = [];
  for (const split of splits) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === split) last[1] = split;
    else ranges.push([split, split]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

export function parseSplitRanges(ranges: SplitRanges): number[] {
  if (ranges === '') return [];
  return ranges.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

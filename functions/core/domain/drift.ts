/** Counts by name: a state of runs, `jobs` or `failedRegistrations`. A missing name counts as 0. */
export type Counts = Readonly<Record<string, number>>;

/** Returns `these` minus `those` for the given names, without names whose difference is 0. */
export function differences(these: Counts, those: Counts, names: readonly string[]): Counts {
  const all = names.map((name) => [name, (these[name] ?? 0) - (those[name] ?? 0)] as const);
  return Object.fromEntries(all.filter(([, difference]) => difference !== 0));
}

/** Returns the sum of the absolute values of all differences. */
export function totalDrift(all: readonly Counts[]): number {
  return all.flatMap((one) => Object.values(one)).reduce((sum, difference) => sum + Math.abs(difference), 0);
}

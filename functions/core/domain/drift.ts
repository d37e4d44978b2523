/** Numbers by name: a state of runs, `jobs`, `failedRegistrations`. What is not named is 0. */
export type Counts = Readonly<Record<string, number>>;

/** By how much these counts are above those, of the names given; empty when they are equal. */
export function differences(these: Counts, those: Counts, names: readonly string[]): Counts {
  const all = names.map((name) => [name, (these[name] ?? 0) - (those[name] ?? 0)] as const);
  return Object.fromEntries(all.filter(([, difference]) => difference !== 0));
}

/** How wrong counters are: each difference as a positive number, added up. */
export function totalDrift(all: readonly Counts[]): number {
  return all.flatMap((one) => Object.values(one)).reduce((sum, difference) => sum + Math.abs(difference), 0);
}

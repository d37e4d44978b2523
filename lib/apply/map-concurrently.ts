/** Maps values in their order, at most `concurrency` at a time. The first rejection rejects the whole. */
export async function mapConcurrently<Value, Result>(
  values: readonly Value[],
  concurrency: number,
  map: (value: Value) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const entries = values.entries();
  const worker = async () => {
    for (const [i, value] of entries) results[i] = await map(value);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, worker));
  return results;
}

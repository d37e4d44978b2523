/**
 * Which items of a batch a function reported as failed (`ReportBatchItemFailures`). Lambda's rules: no list, or an
 * empty one, is success; a list that cannot be read, or names an item that is not in the batch, fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param ids the batch's item identifiers
 */
export function failedItems(result: unknown, ids: ReadonlySet<string>): ReadonlySet<string> {
  if (typeof result !== 'object' || result === null) return new Set();
  const { batchItemFailures } = result as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return new Set();
  if (!Array.isArray(batchItemFailures)) return ids;
  const failed = new Set<string>();
  for (const failure of batchItemFailures as unknown[]) {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== 'string' || !ids.has(id)) return ids;
    failed.add(id);
  }
  return failed;
}

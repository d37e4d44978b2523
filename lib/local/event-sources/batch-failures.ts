/**
 * Returns the items of a batch that a function reported as failed (`ReportBatchItemFailures`), by Lambda's rules: a
 * missing or empty list is success; an invalid list, or one with an unknown item, fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param ids item identifiers of the batch
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

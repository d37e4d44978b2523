import { createHash, randomBytes } from 'node:crypto';

/** Invocations in one chain of messages after which Lambda stops a function. */
const MAXIMUM_TURNS = 16;

/**
 * Builds the trace header of an invocation from the caller's header, with the function's count in the lineage
 * incremented. The AWS SDK sends the header with every request and SQS stores it as `AWSTraceHeader`; recursive loop
 * detection is based on it. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 *
 * @returns the header, and whether the function has reached the limit in this chain
 */
export function extendTrace(functionArn: string, caller?: string): { header: string; exhausted: boolean } {
  const hash = lineageKey(functionArn);
  const fields = parseTrace(caller);
  const lineage = parseLineage(fields.get('Lineage'));
  const before = lineage.get(hash);
  const turn = before === undefined ? 0 : before + 1;
  lineage.set(hash, turn);
  const root = fields.get('Root') ?? `1-${hex(4)}-${hex(12)}`;
  const header = `Root=${root};Parent=${hex(8)};Sampled=0;Lineage=${formatLineage(lineage)}`;
  return { header, exhausted: turn >= MAXIMUM_TURNS };
}

/** Merges the trace headers of a batch: the root of the first header and the highest count of each function. */
export function mergeTraces(headers: readonly string[]): string | undefined {
  const [first] = headers;
  if (first === undefined) return undefined;
  const merged = new Map<string, number>();
  for (const header of headers) {
    for (const [hash, turn] of parseLineage(parseTrace(header).get('Lineage'))) {
      merged.set(hash, Math.max(turn, merged.get(hash) ?? 0));
    }
  }
  const root = parseTrace(first).get('Root');
  return `${root === undefined ? '' : `Root=${root};`}Lineage=${formatLineage(merged)}`;
}

function parseTrace(header = ''): Map<string, string> {
  const pairs = header.split(';').map((field) => field.split('=', 2));
  return new Map(pairs.flatMap(([key, value]) => (key && value ? [[key.trim(), value.trim()] as const] : [])));
}

/** Parses `1:a87bd80c:3|1:68fd508a:0` to counts by function. */
function parseLineage(text = ''): Map<string, number> {
  const entries = [...text.matchAll(/\d+:([0-9a-f]{8}):(\d+)/g)];
  return new Map(entries.flatMap(([, hash, turn]) => (hash ? [[hash, Number(turn)] as const] : [])));
}

function formatLineage(lineage: ReadonlyMap<string, number>): string {
  return [...lineage].map(([hash, turn]) => `1:${hash}:${turn}`).join('|');
}

const lineageKey = (arn: string) => createHash('sha256').update(arn).digest('hex').slice(0, 8);
const hex = (bytes: number) => randomBytes(bytes).toString('hex');

import type { S3Sink } from '../../../domain/flow/sink.ts';
import { tenantFolder } from '../../../store/keys.ts';
import type { FlowContext } from '../flow-context.ts';
import type { PageKey, SinkWriter } from '../sink-writer.ts';
import { findTextFault, toCsv } from './format-csv.ts';
import { writeOrFail } from './write-or-fail.ts';

const CONTENT_TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;

/** Creates a writer that stores each page as an object in the tenant's folder. A repeated page replaces its object. */
export function createS3Writer(
  { id, key, format }: S3Sink & { readonly id: string },
  { run, objects }: FlowContext,
): SinkWriter {
  return {
    async write({ key: page, records }, signal) {
      const values = records.map(({ value }) => value);
      const { text, refused } =
        format === 'csv'
          ? toCsv(values, findTextFault)
          : { text: values.map((value) => `${JSON.stringify(value)}\n`).join(''), refused: [] };
      if (refused.length === values.length) return { refused, bytes: 0 };
      const body = Buffer.from(text);
      const objectKey = tenantFolder(run.tenant) + key.replaceAll('{page}', pageName(page));
      await writeOrFail(`${id}: an object`, objects.put(objectKey, body, CONTENT_TYPES[format], signal), signal);
      return { refused, bytes: body.length };
    },
  };
}

/** Names sort by split and page. */
function pageName({ lineage, split, page }: PageKey): string {
  return `${lineage}-${String(split).padStart(5, '0')}-${String(page).padStart(9, '0')}`;
}

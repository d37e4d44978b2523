import type { PreviewSink } from '../../../domain/flow/sink.ts';
import { truncate } from '../../../domain/text.ts';
import { putPreview } from '../../../store/previews.ts';
import type { FlowContext } from '../flow-context.ts';
import type { SinkWriter } from '../sink-writer.ts';
import { writeOrFail } from './write-or-fail.ts';

/** Maximum records stored per task. */
export const MAX_PREVIEW_RECORDS = 1000;
/** Bytes (JSON, UTF-8) up to which a record is stored whole; a longer one is truncated. */
const MAX_RECORD_BYTES = 16 * 1024;
const TRUNCATED_LENGTH = 1000;
/** Maximum bytes stored per page, below DynamoDB's item limit of 400 KB. */
const MAX_PAGE_BYTES = 350 * 1024;

/**
 * Creates a writer that stores a task's first records for inspection, as many per page as fit into an item. Accepts and
 * drops all further records.
 */
export function createPreviewWriter(
  { id }: PreviewSink & { readonly id: string },
  { run, db, now }: FlowContext,
): SinkWriter {
  return {
    async write({ key, position = key, records, offeredBefore: offered }) {
      const { split, page } = position;
      const texts: string[] = [];
      let bytes = 0;
      for (const { value } of records.slice(0, Math.max(0, MAX_PREVIEW_RECORDS - offered))) {
        const text = truncateRecord(JSON.stringify(value));
        // Plus one byte for a comma or bracket.
        bytes += Buffer.byteLength(text) + 1;
        if (bytes > MAX_PAGE_BYTES) break;
        texts.push(text);
      }
      if (texts.length === 0) return { refused: [], bytes: 0 };
      const at = new Date(now()).toISOString();
      await writeOrFail(`${id}: the preview`, putPreview(db, run, { operator: id, split, page }, texts, at));
      return { refused: [], bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) };
    },
  };
}

function truncateRecord(text: string): string {
  const bytes = Buffer.byteLength(text);
  return bytes <= MAX_RECORD_BYTES
    ? text
    : JSON.stringify({ truncated: true, bytes, text: truncate(text, TRUNCATED_LENGTH) });
}

import type { Readable } from 'node:stream';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { Item } from '../../functions/core/store/db.ts';
import { type Key, kindOfRow } from '../../functions/core/store/keys.ts';
import { forEachPage, TABLES, type TableName } from '../../functions/core/store/tenant-rows.ts';
import type { AdminContext } from './admin-context.ts';
import {
  EXPORT_FORMAT,
  type ExportEnd,
  type ExportHeader,
  type ExportLine,
  type FileLine,
  type RowLine,
  TRANSIENT_ROW_KINDS,
} from './export-format.ts';

/** Bytes of a file in one line; a multiple of 3 avoids base64 padding. */
const FILE_PART_BYTES = 768 * 1_024;

export interface ExportOptions {
  /** Includes the hashes of API keys and of the tokens of hooks, so that they are valid after an import. */
  readonly withKeys: boolean;
}

/** Writes a line; resolves when the next line can be written. */
export type WriteLine = (line: ExportLine) => Promise<void>;

/**
 * Exports a tenant as a sequence of lines: the header first, the end last, no order in between. The export is not a
 * snapshot: items that change during the export may be in either version.
 */
export async function exportTenant(
  context: AdminContext,
  tenant: TenantId,
  { withKeys }: ExportOptions,
  write: WriteLine,
): Promise<ExportEnd> {
  const { db, files, now, reportProgress } = context;
  const lines: Record<string, number> = {};
  const put: WriteLine = async (line) => {
    lines[line.kind] = (lines[line.kind] ?? 0) + 1;
    await write(line);
  };
  const header: ExportHeader = {
    kind: 'export',
    format: EXPORT_FORMAT,
    tenant,
    from: context.stageLabel,
    exportedAt: new Date(now()).toISOString(),
  };
  await write(header);
  for (const table of TABLES) {
    reportProgress(`reading ${table}`);
    await forEachPage(db, table, tenant, async (rows) => {
      for (const row of rows) {
        const line = rowLine(table, row, withKeys);
        if (line) await put(line);
      }
    });
  }
  reportProgress('reading files');
  for await (const page of files.list(tenant)) {
    for (const { key } of page) {
      const file = await files.read(key);
      if (!file) continue;
      for await (const line of fileLines(key, file.contentType, file.body)) await put(line);
    }
  }
  const end: ExportEnd = { kind: 'end', lines };
  await write(end);
  return end;
}

function rowLine(table: TableName, row: Item, withKeys: boolean): RowLine | undefined {
  const kind = kindOfRow(table, row as unknown as Key);
  if (TRANSIENT_ROW_KINDS.has(kind)) return undefined;
  if (kind === 'apiKey' && !withKeys) {
    const { hash, ...known } = row;
    return { kind, table, row: known };
  }
  if (kind === 'hook') {
    const { sealed, wrappedKey, tokenHash, formerHash, formerUntil, ...known } = row;
    return { kind, table, row: withKeys ? { ...known, tokenHash } : known };
  }
  if (kind === 'secret' || kind === 'signingSecret') {
    const { sealed, wrappedKey, ...known } = row;
    return { kind, table, row: /* guard: export.secret */ known };
  }
  if (kind === 'limits') {
    const { fencedAt, uncountedUntil, ...own } = row;
    return { kind, table, row: own };
  }
  return { kind, table, row };
}

async function* fileLines(key: string, contentType: string, body: Readable): AsyncGenerator<FileLine> {
  let part = 0;
  let chunks: Buffer[] = [];
  let bytes = 0;
  const line = (isLast: boolean, data: Buffer): FileLine => {
    return { kind: 'file', key, contentType, part: part++, isLast, data: data.toString('base64') };
  };
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= FILE_PART_BYTES) continue;
    const all = Buffer.concat(chunks);
    let from = 0;
    for (; all.length - from > FILE_PART_BYTES; from += FILE_PART_BYTES)
      yield line(false, all.subarray(from, from + FILE_PART_BYTES));
    chunks = [all.subarray(from)];
    bytes = all.length - from;
  }
  yield line(true, Buffer.concat(chunks));
}

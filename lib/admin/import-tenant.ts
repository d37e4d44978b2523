import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { MAX_TIME_MS } from '../../functions/core/domain/tenant-tombstone.ts';
import type { Item } from '../../functions/core/store/db.ts';
import { HOOK_PREFIX, kindOfRow, parseSecretName } from '../../functions/core/store/keys.ts';
import { type LimitChanges, putLimits } from '../../functions/core/store/limits.ts';
import { hasRows, putRows, TABLES, type TableName } from '../../functions/core/store/tenant-rows.ts';
import {
  getDeletion,
  getImport,
  getTombstone,
  liftTombstone,
  putImport,
  removeImport,
  resumeCounting,
} from '../../functions/core/store/tombstones.ts';
import type { AdminContext } from './admin-context.ts';
import { CounterSeeds } from './counter-seeds.ts';
import {
  EXPORT_FORMAT,
  type ExportEnd,
  type ExportHeader,
  type ExportLine,
  type FileLine,
  type RowLine,
} from './export-format.ts';
import { isTenantKey } from './tenant-files.ts';

/** The file or the state of the tenant does not permit the import. The message is for the user. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Number of rows in one write. */
const WRITE_BATCH_SIZE = 250;

/**
 * Milliseconds between the last change that is not counted and the first that is: stream timestamps have a precision of
 * one second, and clocks differ.
 */
export const COUNTING_CHANGEOVER_MS = 3_000;

export interface ImportResult {
  readonly tenant: TenantId;
  readonly exportedAt: string;
  readonly lines: Readonly<Record<string, number>>;
  /** Names of the secrets that must be set again. */
  readonly secrets: readonly string[];
  /** The tenant had a signing secret, which is generated anew. */
  readonly hadSigningSecret: boolean;
  /** Number of API keys whose hash is not in the export. */
  readonly apiKeysToRecreate: number;
  /** Ids of the hooks whose token or secret is not in the export. */
  readonly hooksToRenew: readonly string[];
}

/**
 * Imports a tenant that does not exist, from a complete export. Can be interrupted and repeated with the same file. The
 * tenant has a tombstone during the import.
 *
 * Counters are rebuilt by the streams as rows are written. The amounts of rows that had been purged before the export
 * are written first. Schedules are registered again.
 *
 * @throws ImportError
 */
export async function importTenant(context: AdminContext, path: string): Promise<ImportResult> {
  const { db, reportProgress } = context;
  reportProgress('checking the file');
  const { header, end, seeds } = await checkFile(path);
  const tenant = header.tenant as TenantId;
  await beginImport(context, tenant, header);

  reportProgress('counters');
  await seeds.write(db, tenant);
  const secrets: string[] = [];
  const hooksToRenew: string[] = [];
  let hadSigningSecret = false;
  let apiKeysToRecreate = 0;
  const files = new FileAssembly(context);
  const rows = new RowBatches(context);
  /** Written last, because definitions trigger the registrar, which needs the other rows. */
  const definitions: Item[] = [];
  try {
    for await (const line of readLines(path)) {
      if (isFile(line)) await files.add(line);
      else if (isRow(line)) {
        if (line.kind === 'apiKey' && line.row.hash === undefined) apiKeysToRecreate++;
        else if (line.kind === 'definition') definitions.push(line.row);
        else if (line.kind === 'secret') secrets.push(parseSecretName(line.row.sk as string));
        else if (line.kind === 'signingSecret') hadSigningSecret = true;
        else if (line.kind === 'limits') await restoreLimits(context, tenant, line.row);
        else if (!isRecreated(line, context.now())) {
          if (needsRenewal(line)) hooksToRenew.push((line.row.sk as string).slice(HOOK_PREFIX.length));
          await rows.add(line.table, line.row);
        }
      }
    }
    await rows.flush();
    for (const definition of definitions) await rows.add('jobs', definition);
    await rows.flush();
  } finally {
    await files.close();
  }
  await liftTombstone(db, tenant);
  await removeImport(db, tenant);
  const { exportedAt } = header;
  return { tenant, exportedAt, lines: end.lines, secrets, hadSigningSecret, apiKeysToRecreate, hooksToRenew };
}

const isFile = (line: ExportLine): line is FileLine => line.kind === 'file';
const isRow = (line: ExportLine): line is RowLine => 'row' in line;

/** @returns whether a hook has no token, or no secret for its signatures, until it is rotated and changed */
const needsRenewal = ({ kind, row }: RowLine): boolean =>
  kind === 'hook' && (row.tokenHash === undefined || row.scheme !== 'none');

/** Kinds of rows that are not imported. The count of secrets starts anew, because secrets are not imported. */
const RECREATED_KINDS: ReadonlySet<RowLine['kind']> = new Set([
  'registration',
  'reconcileRequest',
  'taskSlot',
  'circuit',
  'waitingTask',
  'apiKeyCount',
  'secretCount',
]);

/**
 * @returns whether a row is expired or recreated by another component: registrations by the registrar, counters by the
 * streams
 */
function isRecreated({ kind, table, row }: RowLine, now: number): boolean {
  if (RECREATED_KINDS.has(kind) || table === 'counters') return true;
  return typeof row.ttl === 'number' && row.ttl * 1_000 <= now;
}

async function* readLines(path: string): AsyncGenerator<ExportLine> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    try {
      yield JSON.parse(number === 1 ? text.replace(/^\ufeff/, '') : text) as ExportLine;
    } catch {
      throw new ImportError(`${path}: line ${number} is not JSON: the file is incomplete, or not an export`);
    }
  }
}

/** Validates the complete file before anything is written. */
async function checkFile(path: string): Promise<{ header: ExportHeader; end: ExportEnd; seeds: CounterSeeds }> {
  const reject = (what: string): never => {
    throw new ImportError(`${path}: ${what}`);
  };
  let header: ExportHeader | undefined;
  let end: ExportEnd | undefined;
  const lines: Record<string, number> = {};
  const seeds = new CounterSeeds();
  for await (const line of readLines(path)) {
    if (!header) {
      if (line.kind !== 'export') return reject('the first line is not the header of an export');
      header = line as ExportHeader;
      if (header.format !== EXPORT_FORMAT) return reject(`format must be ${EXPORT_FORMAT}, got ${header.format}`);
      continue;
    }
    const { tenant } = header;
    if (line.kind === 'end') {
      end = line as ExportEnd;
      continue;
    }
    if (end) return reject('there are lines after the end');
    lines[line.kind] = (lines[line.kind] ?? 0) + 1;
    if (isRow(line)) {
      const { pk, sk } = { pk: String(line.row.pk), sk: String(line.row.sk) };
      if (!TABLES.includes(line.table) || kindOfRow(line.table, { pk, sk }) !== line.kind) {
        return reject(`a row of ${line.table} has the kind ${line.kind}, but not its key ${sk}`);
      }
      if (pk !== tenant && !pk.startsWith(`${tenant}#`)) return reject(`a row belongs to ${pk}, not to ${tenant}`);
      seeds.add(line);
    } else if (isFile(line) && !isTenantKey(tenant as TenantId, line.key)) {
      return reject(`a file does not belong to ${tenant}: ${line.key}`);
    }
  }
  if (!header) return reject('is empty');
  if (!end) return reject('has no end: the export was cut short');
  for (const kind of new Set([...Object.keys(lines), ...Object.keys(end.lines)])) {
    const [found = 0, expected = 0] = [lines[kind], end.lines[kind]];
    if (found !== expected) return reject(`has ${found} lines of ${kind}, and its end says ${expected}`);
  }
  return { header, end, seeds };
}

/** Verifies that the tenant does not exist, or that this import was interrupted before; then writes the tombstone. */
async function beginImport(
  { db, now, pause, reportProgress }: AdminContext,
  tenant: TenantId,
  { exportedAt }: ExportHeader,
): Promise<void> {
  const tombstone = await getTombstone(db, tenant);
  const importedExport = await getImport(db, tenant);
  if (importedExport === exportedAt && tombstone.tombstonedAt !== null && tombstone.uncountedUntil !== MAX_TIME_MS) {
    reportProgress('continuing an interrupted import');
    return;
  }
  if (importedExport !== undefined && importedExport !== exportedAt) {
    throw new ImportError(
      `${tenant} is being imported from another export, of ${importedExport}; continue that import, or delete the tenant`,
    );
  }
  const deletion = await getDeletion(db, tenant);
  if (tombstone.tombstonedAt !== null && tombstone.uncountedUntil === MAX_TIME_MS && !deletion?.finishedAt) {
    throw new ImportError(`${tenant} is being deleted; complete the deletion first: tenants delete ${tenant} --yes`);
  }
  if (await hasRows(db, 'jobs', tenant)) {
    throw new ImportError(`${tenant} exists; only a tenant that does not exist or was deleted can be imported`);
  }
  const at = now();
  const iso = new Date(at).toISOString();
  await putImport(db, tenant, exportedAt, iso);
  await resumeCounting(db, tenant, iso, at);
  await pause(COUNTING_CHANGEOVER_MS);
}

/** Restores the tenant's limits without changing the tombstone, which is in the same row. */
async function restoreLimits({ db }: AdminContext, tenant: TenantId, row: Item): Promise<void> {
  const { pk, sk, fencedAt, uncountedUntil, ...own } = row;
  if (Object.keys(own).length > 0) await putLimits(db, tenant, own as LimitChanges);
}

/** Collects rows by table and writes them in batches. */
class RowBatches {
  readonly #db: AdminContext['db'];
  readonly #rows = new Map<TableName, Item[]>();

  constructor({ db }: AdminContext) {
    this.#db = db;
  }

  async add(table: TableName, row: Item): Promise<void> {
    const rows = this.#rows.get(table) ?? [];
    this.#rows.set(table, rows);
    rows.push(row);
    if (rows.length >= WRITE_BATCH_SIZE) await this.flush();
  }

  async flush(): Promise<void> {
    for (const [table, rows] of this.#rows) await putRows(this.#db, table, rows);
    this.#rows.clear();
  }
}

/** Assembles files from their parts on disk, because they may be larger than memory. */
class FileAssembly {
  readonly #context: AdminContext;
  #folder: string | undefined;

  constructor(context: AdminContext) {
    this.#context = context;
  }

  async add({ key, contentType, part, isLast, data }: FileLine): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'jobdeck-import-'));
    const path = join(this.#folder, 'file');
    await (part === 0 ? writeFile : appendFile)(path, Buffer.from(data, 'base64'));
    if (isLast) await this.#context.files.put(key, path, contentType);
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FOR_EVER } from '../../functions/core/domain/fence.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { Item } from '../../functions/core/store/db.ts';
import {
  countFrom,
  getDeletion,
  getFence,
  getImport,
  liftFence,
  putImport,
  removeImport,
} from '../../functions/core/store/fences.ts';
import { kindOfRow } from '../../functions/core/store/keys.ts';
import { type LimitChanges, putLimits } from '../../functions/core/store/limits.ts';
import { hasRows, putRows, TABLES, type TableName } from '../../functions/core/store/tenant-rows.ts';
import { CounterSeeds } from './counter-seeds.ts';
import {
  type End,
  type FileLine,
  FORMAT,
  type Header,
  type Line,
  type ParameterLine,
  type RowLine,
} from './export-format.ts';
import { isKeyOf } from './files.ts';
import type { Operator } from './operator.ts';

/** What is wrong with a file, or with where it is to go; the message is for whoever asked. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

/** Rows that are put at a time. */
const AT_A_TIME = 250;

/**
 * Between the time until which changes of a tenant do not count, and the first that do: streams know times to the
 * second, and clocks differ.
 */
export const TURN_MS = 3_000;

export interface Imported {
  readonly tenant: TenantId;
  readonly exportedAt: string;
  readonly lines: Readonly<Record<string, number>>;
  /** Secrets that have to be set again, and the signing secret if it was there. */
  readonly parameters: readonly string[];
  /** API keys that have to be made again: the export does not hold what they are checked by. */
  readonly lostKeys: number;
}

/**
 * Puts a tenant back that is not there, from a whole export of it. May be cut short anywhere and asked for again with
 * the same file. The tenant is fenced off meanwhile.
 *
 * Counters come with the rows: the streams tell of them as of any that are made. What they counted of rows that were
 * gone by the time of the export is given to them first. Schedules are registered anew.
 *
 * @throws ImportRefused
 */
export async function importTenant(operator: Operator, path: string): Promise<Imported> {
  const { db, tell } = operator;
  tell('checking the file');
  const { header, end, seeds } = await checkFile(path);
  const tenant = header.tenant as TenantId;
  await open(operator, tenant, header);

  tell('counters');
  await seeds.put(db, tenant);
  const parameters: string[] = [];
  let lostKeys = 0;
  const files = new FileAssembly(operator);
  const rows = new RowBatches(operator);
  /** Last, for they wake the registrar: by then, all that a job needs is there. */
  const definitions: Item[] = [];
  try {
    for await (const line of linesOf(path)) {
      if (isParameter(line)) parameters.push(line.name);
      else if (isFile(line)) await files.add(line);
      else if (isRow(line)) {
        if (line.kind === 'apiKey' && line.row.hash === undefined) lostKeys++;
        else if (line.kind === 'definition') definitions.push(line.row);
        else if (line.kind === 'limits') await putBackLimits(operator, tenant, line.row);
        else if (!isMadeAnew(line, operator.now())) await rows.add(line.table, line.row);
      }
    }
    await rows.flush();
    for (const definition of definitions) await rows.add('jobs', definition);
    await rows.flush();
  } finally {
    await files.close();
  }
  await liftFence(db, tenant);
  await removeImport(db, tenant);
  return { tenant, exportedAt: header.exportedAt, lines: end.lines, parameters, lostKeys };
}

const isParameter = (line: Line): line is ParameterLine => line.kind === 'parameter';
const isFile = (line: Line): line is FileLine => line.kind === 'file';
const isRow = (line: Line): line is RowLine => 'row' in line;

/** What others make again: registrations the registrar, counters the streams; and what is past its time. */
function isMadeAnew({ kind, table, row }: RowLine, now: number): boolean {
  if (kind === 'registration' || kind === 'apiKeyCount' || table === 'counters') return true;
  return typeof row.ttl === 'number' && row.ttl * 1_000 <= now;
}

async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    try {
      yield JSON.parse(number === 1 ? text.replace(/^\ufeff/, '') : text) as Line;
    } catch {
      throw new ImportRefused(`${path}: line ${number} is no JSON: the file is not whole, or no export`);
    }
  }
}

/** Reads the whole file before anything is written: what is not whole, or not of one tenant, puts nothing back. */
async function checkFile(path: string): Promise<{ header: Header; end: End; seeds: CounterSeeds }> {
  const refuse = (what: string): never => {
    throw new ImportRefused(`${path}: ${what}`);
  };
  let header: Header | undefined;
  let end: End | undefined;
  const lines: Record<string, number> = {};
  const seeds = new CounterSeeds();
  for await (const line of linesOf(path)) {
    if (!header) {
      if (line.kind !== 'export') return refuse('the first line is not that of an export');
      header = line as Header;
      if (header.format !== FORMAT) return refuse(`format must be ${FORMAT}, got ${header.format}`);
      continue;
    }
    const { tenant } = header;
    if (line.kind === 'end') {
      end = line as End;
      continue;
    }
    if (end) return refuse('there are lines behind its end');
    lines[line.kind] = (lines[line.kind] ?? 0) + 1;
    if (isRow(line)) {
      const { pk, sk } = { pk: String(line.row.pk), sk: String(line.row.sk) };
      if (!TABLES.includes(line.table) || kindOfRow(line.table, sk) !== line.kind) {
        return refuse(`a row of ${line.table} is called ${line.kind}, which ${sk} is not here`);
      }
      if (pk !== tenant && !pk.startsWith(`${tenant}#`)) return refuse(`a row is not of ${tenant}, but of ${pk}`);
      seeds.add(line);
    } else if (isFile(line) && !isKeyOf(tenant as TenantId, line.key)) {
      return refuse(`a file is not of ${tenant}: ${line.key}`);
    }
  }
  if (!header) return refuse('is empty');
  if (!end) return refuse('has no end: the export was cut short');
  for (const kind of new Set([...Object.keys(lines), ...Object.keys(end.lines)])) {
    const [found = 0, said = 0] = [lines[kind], end.lines[kind]];
    if (found !== said) return refuse(`has ${found} lines of ${kind}, and its end says ${said}`);
  }
  return { header, end, seeds };
}

/** Makes sure that the tenant is not there, or is being put back from this very export; fences it off. */
async function open({ db, now, pause, tell }: Operator, tenant: TenantId, { exportedAt }: Header): Promise<void> {
  const fence = await getFence(db, tenant);
  const under = await getImport(db, tenant);
  if (under === exportedAt && fence.fencedAt !== null && fence.uncountedUntil !== FOR_EVER) {
    tell('going on where it was cut short');
    return;
  }
  if (under !== undefined && under !== exportedAt) {
    throw new ImportRefused(
      `${tenant} is being put back from another export, of ${under}; go on with that, or delete it`,
    );
  }
  const deletion = await getDeletion(db, tenant);
  if (fence.fencedAt !== null && fence.uncountedUntil === FOR_EVER && !deletion?.finishedAt) {
    throw new ImportRefused(`${tenant} is being deleted; let that end first: tenants delete ${tenant} --yes`);
  }
  if (await hasRows(db, 'jobs', tenant)) {
    throw new ImportRefused(`${tenant} is there; only a tenant that is not, or that was deleted, can be put back`);
  }
  const at = now();
  const iso = new Date(at).toISOString();
  await putImport(db, tenant, exportedAt, iso);
  await countFrom(db, tenant, iso, at);
  await pause(TURN_MS);
}

/** Beside the fence, which stays. */
async function putBackLimits({ db }: Operator, tenant: TenantId, row: Item): Promise<void> {
  const { pk, sk, fencedAt, uncountedUntil, ...own } = row;
  if (Object.keys(own).length > 0) await putLimits(db, tenant, own as LimitChanges);
}

/** Rows on their way to their tables. */
class RowBatches {
  readonly #db: Operator['db'];
  readonly #rows = new Map<TableName, Item[]>();

  constructor({ db }: Operator) {
    this.#db = db;
  }

  async add(table: TableName, row: Item): Promise<void> {
    const rows = this.#rows.get(table) ?? [];
    this.#rows.set(table, rows);
    rows.push(row);
    if (rows.length >= AT_A_TIME) await this.flush();
  }

  async flush(): Promise<void> {
    for (const [table, rows] of this.#rows) await putRows(this.#db, table, rows);
    this.#rows.clear();
  }
}

/** Puts files together from their parts, on this machine's disk: they may be larger than its memory. */
class FileAssembly {
  readonly #operator: Operator;
  #folder: string | undefined;

  constructor(operator: Operator) {
    this.#operator = operator;
  }

  async add({ key, contentType, part, isLast, data }: FileLine): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'jobdeck-import-'));
    const path = join(this.#folder, 'file');
    await (part === 0 ? writeFile : appendFile)(path, Buffer.from(data, 'base64'));
    if (isLast) await this.#operator.files.put(key, path, contentType);
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

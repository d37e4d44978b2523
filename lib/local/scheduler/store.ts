import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ScheduleRecord, ScheduleTarget } from './schedule.ts';

/** A schedule and its progress. Times are epoch milliseconds. */
export interface StoredSchedule {
  readonly record: ScheduleRecord;
  /** All fires up to this time have become deliveries or were lost. */
  readonly firedThrough: number;
  /** Idempotency token of the creation. */
  readonly clientToken: string | null;
  /** `true` for schedules of the template, `false` for those created through the API. */
  readonly declared: boolean;
}

/** A fire that has not been delivered. Times are epoch milliseconds. */
export interface ScheduledDelivery {
  readonly id: number;
  readonly schedule: string;
  readonly target: ScheduleTarget;
  readonly scheduledAt: number;
  /** Number of failed attempts. */
  readonly failures: number;
  /** Time of the next attempt. */
  readonly dueAt: number;
}

export interface GroupRecord {
  readonly name: string;
  /** Epoch seconds. */
  readonly createdAt: number;
}

/** The scheduler's state on disk: schedules, groups and pending deliveries. Each call commits before it returns. */
export class SchedulerStore {
  readonly #database: DatabaseSync;
  readonly #saveSchedule: StatementSync;
  readonly #setFiredThrough: StatementSync;
  readonly #addDelivery: StatementSync;
  readonly #postpone: StatementSync;
  readonly #removeDelivery: StatementSync;
  readonly #dueDeliveries: StatementSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS schedules (
        arn TEXT PRIMARY KEY, record TEXT NOT NULL, fired_through INTEGER NOT NULL, client_token TEXT,
        declared INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, created_at REAL NOT NULL);
      CREATE TABLE IF NOT EXISTS deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT, schedule TEXT NOT NULL, target TEXT NOT NULL,
        scheduled_at INTEGER NOT NULL, failures INTEGER NOT NULL, due_at INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries(due_at);
    `);
    this.#saveSchedule = this.#database.prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?, ?)');
    this.#setFiredThrough = this.#database.prepare('UPDATE schedules SET fired_through = ? WHERE arn = ?');
    this.#addDelivery = this.#database.prepare('INSERT INTO deliveries VALUES (NULL, ?, ?, ?, 0, ?)');
    this.#postpone = this.#database.prepare('UPDATE deliveries SET failures = ?, due_at = ? WHERE id = ?');
    this.#removeDelivery = this.#database.prepare('DELETE FROM deliveries WHERE id = ?');
    this.#dueDeliveries = this.#database.prepare(
      'SELECT * FROM deliveries WHERE due_at <= ? ORDER BY scheduled_at, id LIMIT ?',
    );
  }

  schedules(): StoredSchedule[] {
    return this.#database
      .prepare('SELECT * FROM schedules')
      .all()
      .map((row) => ({
        record: JSON.parse(String(row.record)) as ScheduleRecord,
        firedThrough: Number(row.fired_through),
        clientToken: row.client_token === null ? null : String(row.client_token),
        declared: row.declared === 1,
      }));
  }

  saveSchedule({ record, firedThrough, clientToken, declared }: StoredSchedule): void {
    this.#saveSchedule.run(record.Arn, JSON.stringify(record), firedThrough, clientToken, declared ? 1 : 0);
  }

  deleteSchedule(scheduleArn: string): void {
    this.#database.prepare('DELETE FROM schedules WHERE arn = ?').run(scheduleArn);
  }

  groups(): GroupRecord[] {
    return this.#database
      .prepare('SELECT * FROM groups')
      .all()
      .map((row) => ({ name: String(row.name), createdAt: Number(row.created_at) }));
  }

  saveGroup({ name, createdAt }: GroupRecord): void {
    this.#database.prepare('INSERT OR REPLACE INTO groups VALUES (?, ?)').run(name, createdAt);
  }

  deleteGroup(name: string): void {
    this.#database.prepare('DELETE FROM groups WHERE name = ?').run(name);
  }

  /** Stores fires as deliveries and the schedule's progress in one transaction. */
  fire(record: ScheduleRecord, fires: readonly number[], firedThrough: number): void {
    this.#database.exec('BEGIN');
    try {
      const target = JSON.stringify(record.Target);
      for (const at of fires) this.#addDelivery.run(record.Arn, target, at, at);
      this.#setFiredThrough.run(firedThrough, record.Arn);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Returns at most `limit` deliveries that are due at `now`, the earliest fire first. */
  dueDeliveries(now: number, limit: number): ScheduledDelivery[] {
    return this.#dueDeliveries.all(now, limit).map((row) => ({
      id: Number(row.id),
      schedule: String(row.schedule),
      target: JSON.parse(String(row.target)) as ScheduleTarget,
      scheduledAt: Number(row.scheduled_at),
      failures: Number(row.failures),
      dueAt: Number(row.due_at),
    }));
  }

  postponeDelivery(id: number, failures: number, dueAt: number): void {
    this.#postpone.run(failures, dueAt, id);
  }

  removeDelivery(id: number): void {
    this.#removeDelivery.run(id);
  }

  close(): void {
    this.#database.close();
  }
}

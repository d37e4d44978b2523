import { DatabaseSync } from 'node:sqlite';
import type { Checkpoint } from './shard-reader.ts';
import type { CheckpointStore } from './stream-source.ts';

/** Checkpoints of stream readers in a SQLite file. */
export class CheckpointDatabase {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS checkpoints (
        reader TEXT NOT NULL, shard TEXT NOT NULL, checkpoint TEXT NOT NULL, PRIMARY KEY (reader, shard));
    `);
  }

  /** Returns the checkpoints of one reader. */
  forReader(reader: string): CheckpointStore {
    const load = this.#database.prepare('SELECT checkpoint FROM checkpoints WHERE reader = ? AND shard = ?');
    const save = this.#database.prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)');
    return {
      load(shard) {
        const row = load.get(reader, shard);
        return row && (JSON.parse(String(row.checkpoint)) as Checkpoint);
      },
      save(shard, checkpoint) {
        save.run(reader, shard, JSON.stringify(checkpoint));
      },
    };
  }

  /**
   * Returns the newest sequence number that a reader has processed, or `'0'` if it has processed none. dynoxide streams
   * have one shard.
   */
  readThrough(reader: string): string {
    const rows = this.#database.prepare('SELECT checkpoint FROM checkpoints WHERE reader = ?').all(reader);
    const positions = rows.map((row) => (JSON.parse(String(row.checkpoint)) as Checkpoint).sequenceNumber ?? '0');
    return positions.reduce((newest, one) => (BigInt(one) > BigInt(newest) ? one : newest), '0');
  }

  close(): void {
    this.#database.close();
  }
}

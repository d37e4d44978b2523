import { DatabaseSync } from 'node:sqlite';
import type { Checkpoint } from './shard-reader.ts';
import type { CheckpointStore } from './stream-source.ts';

/** How far the readers of streams have come, on disk. */
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

  /** The checkpoints of one reader. */
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

  /** The sequence number that a reader has come to; `'0'` when it has read nothing. dynoxide has one shard a stream. */
  readThrough(reader: string): string {
    const rows = this.#database.prepare('SELECT checkpoint FROM checkpoints WHERE reader = ?').all(reader);
    const reached = rows.map((row) => (JSON.parse(String(row.checkpoint)) as Checkpoint).sequenceNumber ?? '0');
    return reached.reduce((most, one) => (BigInt(one) > BigInt(most) ? one : most), '0');
  }

  close(): void {
    this.#database.close();
  }
}

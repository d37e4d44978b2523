import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Run, SkippedTick } from '../../../functions/core/domain/run.ts';
import { RUN_PREFIXES } from '../../../functions/core/store/keys.ts';
import { toRun } from '../../../functions/core/store/run-item.ts';
import type { Item } from '../../helpers/fakes/dynamodb-expressions.ts';
import type { Simulator } from './simulator.ts';

export type PlainItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** Converts an item to plain JavaScript values. */
export const toPlainItem = (item: Item): PlainItem => unmarshall(item as Record<string, AttributeValue>) as PlainItem;

/** Partition of the rows that a fault writes and the platform never writes. */
export const MALFORMED_PARTITION = 'malformed#row#000000';
export const isMalformed = (pk: string | undefined): boolean => pk === MALFORMED_PARTITION;

/** Reads the tables of a simulation without going through the simulated calls. */
export class TableReader {
  readonly #simulator: Simulator;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  get(table: string, pk: string, sk: string): PlainItem | undefined {
    const input = { TableName: table, Key: { pk: { S: pk }, sk: { S: sk } } };
    const { Item } = this.#simulator.dynamodb.perform({ name: 'GetItemCommand', input }) as { Item?: Item };
    return Item && toPlainItem(Item);
  }

  list(table: string): readonly PlainItem[] {
    return this.#simulator.dynamodb.items(table).map(toPlainItem);
  }

  /** Returns all runs in key order. */
  runs(): readonly Run[] {
    const items = this.list('Runs').filter(({ pk, sk }) => sk.startsWith(RUN_PREFIXES.run) && !isMalformed(pk));
    return items.sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1)).map(toRun);
  }

  skipped(): readonly (Pick<SkippedTick, 'scheduledAt' | 'reason' | 'number' | 'trigger'> & {
    readonly pk: string;
    readonly ulid: string;
  })[] {
    return this.list('Runs')
      .filter(({ sk }) => sk.startsWith(RUN_PREFIXES.skipped))
      .map(({ pk, sk, number, ...rest }) => {
        const { scheduledAt, reason, trigger } = rest as Pick<SkippedTick, 'scheduledAt' | 'reason' | 'trigger'>;
        return { pk, ulid: sk.slice(2), number: number as number, scheduledAt, reason, trigger };
      });
  }
}

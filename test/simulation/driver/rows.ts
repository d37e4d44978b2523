import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Run, SkippedTick } from '../../../functions/core/domain/run.ts';
import { RUN_PREFIXES } from '../../../functions/core/store/keys.ts';
import { toRun } from '../../../functions/core/store/run-item.ts';
import type { Item } from './expressions.ts';
import type { World } from './world.ts';

export type PlainItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** An item in plain values. */
export const plain = (item: Item): PlainItem => unmarshall(item as Record<string, AttributeValue>) as PlainItem;

/** Rows that no code of ours wrote. */
export const MALFORMED = 'malformed#row#000000';
export const isMalformed = (pk: string | undefined): boolean => pk === MALFORMED;

/** What stands in the tables of a world. */
export class Rows {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get(table: string, pk: string, sk: string): PlainItem | undefined {
    const input = { TableName: table, Key: { pk: { S: pk }, sk: { S: sk } } };
    const { Item } = this.#world.dynamodb.perform({ name: 'GetItemCommand', input }) as { Item?: Item };
    return Item && plain(Item);
  }

  of(table: string): readonly PlainItem[] {
    return this.#world.dynamodb.items(table).map(plain);
  }

  /** By their keys. */
  runs(): readonly Run[] {
    const items = this.of('Runs').filter(({ pk, sk }) => sk.startsWith(RUN_PREFIXES.run) && !isMalformed(pk));
    return items.sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1)).map(toRun);
  }

  skipped(): readonly (Pick<SkippedTick, 'scheduledAt' | 'reason' | 'number'> & {
    readonly pk: string;
    readonly ulid: string;
  })[] {
    return this.of('Runs')
      .filter(({ sk }) => sk.startsWith(RUN_PREFIXES.skipped))
      .map(({ pk, sk, number, ...rest }) => {
        const { scheduledAt, reason } = rest as Pick<SkippedTick, 'scheduledAt' | 'reason'>;
        return { pk, ulid: sk.slice(2), number: number as number, scheduledAt, reason };
      });
  }
}

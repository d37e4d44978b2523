import type { AttributeValue, ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { itemBytes } from './item-bytes.ts';

/** A DynamoDB call with its consumption as DynamoDB reports it (`ReturnConsumedCapacity: INDEXES`). */
export interface Call {
  /** For example `UpdateItem`. */
  readonly operation: string;
  readonly kind: 'read' | 'write';
  /** Sort key of the item, or an empty string for several items. */
  readonly sk: string;
  /** Units of each table and index: `{ Runs: 1, 'Runs/active': 2 }`. */
  readonly units: Readonly<Record<string, number>>;
  /** Size of the item after the write in bytes, or 0 if the response does not contain the item. */
  readonly bytes: number;
}

/** Records the consumption of every call of a client. */
export class CapacityMeter {
  #calls: Call[] = [];

  constructor(client: DynamoDBClient) {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const input = args.input as Input;
        input.ReturnConsumedCapacity = 'INDEXES';
        const result = await next(args);
        const { ConsumedCapacity, Attributes } = result.output as Consumption;
        const operation = (context.commandName ?? '').replace('Command', '');
        this.#calls.push({
          operation,
          kind: /Get|Query/.test(operation) ? 'read' : 'write',
          sk: (input.Key ?? input.Item)?.sk?.S ?? '',
          units: unitsOf([ConsumedCapacity ?? []].flat()),
          bytes: itemBytes(Attributes ?? input.Item ?? {}),
        });
        return result;
      },
      { step: 'initialize', name: 'capacityMeter' },
    );
  }

  /** Returns the calls since the last invocation of this method. */
  take(): readonly Call[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }
}

interface Input {
  ReturnConsumedCapacity?: string;
  readonly Key?: Readonly<Record<string, AttributeValue>>;
  readonly Item?: Readonly<Record<string, AttributeValue>>;
}

interface Consumption {
  readonly ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
  readonly Attributes?: Record<string, AttributeValue>;
}

function unitsOf(consumed: readonly ConsumedCapacity[]): Record<string, number> {
  const units: Record<string, number> = {};
  const add = (name: string, capacity: number | undefined) => {
    if (capacity) units[name] = (units[name] ?? 0) + capacity;
  };
  for (const { TableName = '', Table, GlobalSecondaryIndexes } of consumed) {
    add(TableName, Table?.CapacityUnits);
    for (const [index, { CapacityUnits }] of Object.entries(GlobalSecondaryIndexes ?? {})) {
      add(`${TableName}/${index}`, CapacityUnits);
    }
  }
  return units;
}

/** Returns the sum of the units of all calls of a kind. */
export function sum(calls: readonly Call[], kind: Call['kind']): number {
  return calls
    .filter((call) => call.kind === kind)
    .flatMap(({ units }) => Object.values(units))
    .reduce((total, units) => total + units, 0);
}

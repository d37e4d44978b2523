import type { AttributeValue, ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { itemBytes } from './item-bytes.ts';

/** What one call to DynamoDB consumed, by its own account (`ReturnConsumedCapacity: INDEXES`). */
export interface Call {
  /** `UpdateItem`. */
  readonly operation: string;
  readonly kind: 'read' | 'write';
  /** Sort key of the one item that it is about; empty when there are several. */
  readonly sk: string;
  /** Units of each table and index: `{ Runs: 1, 'Runs/active': 2 }`. */
  readonly units: Readonly<Record<string, number>>;
  /** Size of the item that was written, as it is after it; 0 where the call does not say. */
  readonly bytes: number;
}

/** Notes what every call of a client consumes. */
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

  /** The calls since it was asked last. */
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

/** Units that calls of a kind consumed together. */
export function sum(calls: readonly Call[], kind: Call['kind']): number {
  return calls
    .filter((call) => call.kind === kind)
    .flatMap(({ units }) => Object.values(units))
    .reduce((total, units) => total + units, 0);
}

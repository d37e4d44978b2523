import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';

/** The simulated end of the calling process. */
export class Crash extends Error {}

export interface Faults {
  /**
   * Number of the call at which the caller crashes: before the call, or after it with `answerIsLost`.
   *
   * @defaultValue 0, no crash
   */
  readonly crashAtCall?: number;
  readonly answerIsLost?: boolean;
  /**
   * Runs `meanwhile` once, after the first call with this command name: simulates a concurrent change between a read
   * and a write.
   */
  readonly after?: { readonly command: string; readonly meanwhile: () => Promise<unknown> };
  /** Changes a command's input before it is sent, to disable a guard. */
  readonly rewrite?: (input: Record<string, unknown>) => Record<string, unknown>;
}

/** Wraps a database and injects faults. */
export function faultyDb(db: Db, { crashAtCall = 0, answerIsLost = false, after, rewrite }: Faults): Db {
  let calls = 0;
  let hook = after;
  const client = new Proxy(db.client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target) as unknown;
      return async (command: { input: Record<string, unknown> }) => {
        calls++;
        // A crashed caller makes no further calls.
        if (crashAtCall > 0 && calls > crashAtCall) throw new Crash();
        const crashes = calls === crashAtCall;
        if (crashes && !answerIsLost) throw new Crash();
        if (rewrite) Object.assign(command, { input: rewrite(command.input) });
        const answer: unknown = await target.send(command as unknown as Parameters<DynamoDBClient['send']>[0]);
        if (crashes) throw new Crash();
        if (hook && command.constructor.name === hook.command) {
          const { meanwhile } = hook;
          hook = undefined;
          await meanwhile();
        }
        return answer;
      };
    },
  });
  return { client, tables: db.tables };
}

/** Wraps a database and loses the response to the `nth` transaction, which takes effect. */
export function loseTransactionAnswer(db: Db, nth = 1): Db {
  let transactions = 0;
  const client = new Proxy(db.client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target) as unknown;
      return async (command: Parameters<typeof target.send>[0]) => {
        const answer: unknown = await target.send(command);
        if (command.constructor.name !== 'TransactWriteItemsCommand' || ++transactions !== nth) return answer;
        throw new Error('socket hang up');
      };
    },
  });
  return { ...db, client };
}

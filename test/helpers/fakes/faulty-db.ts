import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';

/** The caller is no more: whatever it was about to do is not done. */
export class Crash extends Error {}

export interface Faults {
  /**
   * The caller crashes at its so-many-th call, before it is made or after, when its answer is lost.
   *
   * @default it does not
   */
  readonly crashAtCall?: number;
  readonly answerIsLost?: boolean;
  /** Is done once, after the first call of this name: what others do between a read and a write. */
  readonly after?: { readonly command: string; readonly meanwhile: () => Promise<unknown> };
  /** Changes what is sent: for leaving a guard out. */
  readonly rewrite?: (input: Record<string, unknown>) => Record<string, unknown>;
}

/** The same database, on a bad day. */
export function faultyDb(db: Db, { crashAtCall = 0, answerIsLost = false, after, rewrite }: Faults): Db {
  let calls = 0;
  let hook = after;
  const client = new Proxy(db.client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target) as unknown;
      return async (command: { input: Record<string, unknown> }) => {
        calls++;
        // Whoever crashed makes no further call.
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

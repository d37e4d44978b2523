import { Crash } from './faulty-db.ts';
import type { MemoryObjects } from './memory-objects.ts';

interface ObjectFaults {
  /** Number of the call at which the caller crashes: before the call, or after it with `answerIsLost`. */
  readonly crashAtCall: number;
  readonly answerIsLost?: boolean;
}

/** Wraps a bucket in memory and crashes the caller at a call that changes objects. */
export function faultyObjects(
  objects: MemoryObjects,
  { crashAtCall, answerIsLost = false }: ObjectFaults,
): MemoryObjects {
  let calls = 0;
  const change =
    <Parameters extends readonly unknown[], Result>(call: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      calls++;
      // A crashed caller makes no further calls.
      if (calls > crashAtCall || (calls === crashAtCall && !answerIsLost)) throw new Crash();
      const result = await call(...parameters);
      if (calls === crashAtCall) throw new Crash();
      return result;
    };
  const { files } = objects;
  return {
    ...objects,
    put: change((...parameters) => objects.put(...parameters)),
    remove: change((key) => objects.remove(key)),
    removeAll: change((prefix) => objects.removeAll(prefix)),
    files: {
      move: change((...parameters) => files.move(...parameters)),
      tag: change((...parameters) => files.tag(...parameters)),
    },
  };
}

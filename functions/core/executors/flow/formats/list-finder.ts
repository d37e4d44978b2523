import { namesIn } from '../../../domain/path-names.ts';
import { FlowFailure } from '../flow-failure.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Maximum size in bytes of a name that is compared with the path. */
const MAX_NAME_BYTES = 1_024;

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

export interface ListFinder {
  /**
   * Finds the list in a chunk of the file.
   *
   * @returns the index after the list's opening bracket, or -1 if the list does not begin in the chunk
   * @throws FlowFailure, permanent, if the file has no list at the path
   */
  find(bytes: Buffer): number;
}

/**
 * Creates a finder of the list at a path of names in a JSON file that arrives in chunks of any size. Only the objects on
 * the path are looked into.
 */
export function createListFinder(name: string, path: string): ListFinder {
  const names = namesIn(path).map(({ text }) => text);
  /** Number of leading names whose objects are open. */
  let level = 0;
  let state: 'value' | 'name' | 'colon' | 'skip' = 'value';
  /** The current value is the one that the path names at this level. */
  let isOnPath = true;
  let token: Buffer[] = [];
  let tokenBytes = 0;
  let depth = 0;
  let inString = false;
  let isEscaped = false;

  const fail = () => noListFailure(name, path);
  /** Advances within a string. @returns whether the byte ends it */
  const passString = (byte: number | undefined): boolean => {
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) inString = false;
    return !inString;
  };
  const nameOf = (): string | undefined => {
    if (tokenBytes > MAX_NAME_BYTES) return undefined;
    try {
      return JSON.parse(`"${Buffer.concat(token).toString()}"`) as string;
    } catch {
      return undefined;
    }
  };

  return {
    find(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i];
        if (state === 'name' && inString) {
          if (!passString(byte)) {
            tokenBytes++;
            if (tokenBytes <= MAX_NAME_BYTES) token.push(bytes.subarray(i, i + 1));
            continue;
          }
          isOnPath = nameOf() === names[level - 1];
          [token, tokenBytes, state] = [[], 0, 'colon'];
        } else if (state === 'skip') {
          if (inString) passString(byte);
          else if (byte === QUOTE) inString = true;
          else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
          else if (depth > 0) {
            if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
          } else if (byte === COMMA) state = 'name';
          else if (byte === CLOSE_OBJECT) throw fail();
        } else if (isSpace(byte)) {
          // Space has no meaning between tokens.
        } else if (state === 'value' && isOnPath) {
          if (level === names.length && byte === OPEN_LIST) return i + 1;
          if (level === names.length || byte !== OPEN_OBJECT) throw fail();
          level++;
          state = 'name';
        } else if (state === 'value') {
          state = 'skip';
          i--;
        } else if (state === 'name') {
          if (byte !== QUOTE) throw fail();
          inString = true;
        } else {
          if (byte !== COLON) throw fail();
          state = 'value';
        }
      }
      return -1;
    },
  };
}

export const noListFailure = (name: string, path: string): FlowFailure =>
  new FlowFailure(`${name}: has no list at '${path}'`, { permanent: true });

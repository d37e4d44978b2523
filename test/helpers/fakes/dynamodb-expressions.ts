import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A DynamoDB item. Items are immutable: an update creates a new item. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The names and values that an expression refers to. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

type Operand = (item: Item, given: Placeholders) => AttributeValue | undefined;
type Test = (item: Item, given: Placeholders) => boolean;
type Change = (before: Item, after: Record<string, AttributeValue>, given: Placeholders) => void;

const TOKEN = /\s*(<=|>=|<>|[=<>(),+]|[#:]?[A-Za-z0-9_.-]+)/gy;

/** The tokens of one expression, consumed from first to last. */
class Tokens {
  readonly #tokens: readonly string[];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    let end = 0;
    for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
      tokens.push(match[1] ?? '');
      end = TOKEN.lastIndex;
    }
    if (text.slice(end).trim() !== '')
      throw new Error(`the expression ${text} has an unknown token at ${text.slice(end)}`);
    this.#tokens = tokens;
  }

  get isDone(): boolean {
    return this.#at === this.#tokens.length;
  }

  peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  next(): string {
    return this.#tokens[this.#at++] ?? '';
  }

  /** Consumes the next token if it equals `token`, ignoring case. */
  take(token: string): boolean {
    if (this.peek().toUpperCase() !== token.toUpperCase()) return false;
    this.#at++;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw new Error(`the expression ${this.#text} must have '${token}', got '${this.peek()}'`);
  }
}

const nameOf = (token: string, { ExpressionAttributeNames = {} }: Placeholders): string => {
  if (!token.startsWith('#')) return token;
  const name = ExpressionAttributeNames[token];
  if (name === undefined) throw new Error(`ExpressionAttributeNames: ${token} is missing`);
  return name;
};

function operand(tokens: Tokens): Operand {
  const token = tokens.next();
  if (token.toLowerCase() === 'if_not_exists') {
    tokens.expect('(');
    const name = tokens.next();
    tokens.expect(',');
    const otherwise = operand(tokens);
    tokens.expect(')');
    return (item, given) => item[nameOf(name, given)] ?? otherwise(item, given);
  }
  if (token.startsWith(':')) {
    return (_, { ExpressionAttributeValues = {} }) => {
      const value = ExpressionAttributeValues[token];
      if (value === undefined) throw new Error(`ExpressionAttributeValues: ${token} is missing`);
      return value;
    };
  }
  return (item, given) => item[nameOf(token, given)];
}

/** Reads an operand, or the sum of two numbers. */
function sum(tokens: Tokens): Operand {
  const left = operand(tokens);
  if (!tokens.take('+')) return left;
  const right = operand(tokens);
  return (item, given) => {
    const [a, b] = [left(item, given)?.N, right(item, given)?.N];
    if (a === undefined || b === undefined) throw new Error('an update adds something that is not a number');
    return { N: String(Number(a) + Number(b)) };
  };
}

/** @returns a negative number, 0 or a positive number, or `undefined` if the values are not comparable */
function compare(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.N !== undefined && b?.N !== undefined) return Number(a.N) - Number(b.N);
  if (a?.S !== undefined && b?.S !== undefined) return a.S < b.S ? -1 : Number(a.S > b.S);
  return undefined;
}

export function equal(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const order = compare(a, b);
  return order === undefined ? JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)) : order === 0;
}

/** Sorts map keys at every depth, because maps have no order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

const ORDERED: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function anyOf(tokens: Tokens): Test {
  const tests = [allOf(tokens)];
  while (tokens.take('OR')) tests.push(allOf(tokens));
  return tests.length === 1 ? (tests[0] as Test) : (item, given) => tests.some((test) => test(item, given));
}

function allOf(tokens: Tokens): Test {
  const tests = [single(tokens)];
  while (tokens.take('AND')) tests.push(single(tokens));
  return tests.length === 1 ? (tests[0] as Test) : (item, given) => tests.every((test) => test(item, given));
}

function single(tokens: Tokens): Test {
  if (tokens.take('NOT')) {
    const test = single(tokens);
    return (item, given) => !test(item, given);
  }
  if (tokens.take('(')) {
    const test = anyOf(tokens);
    tokens.expect(')');
    return test;
  }
  const called = tokens.peek().toLowerCase();
  if (called === 'attribute_exists' || called === 'attribute_not_exists') {
    tokens.next();
    tokens.expect('(');
    const name = tokens.next();
    tokens.expect(')');
    const wanted = called === 'attribute_exists';
    return (item, given) => (item[nameOf(name, given)] !== undefined) === wanted;
  }
  if (called === 'begins_with') {
    tokens.next();
    tokens.expect('(');
    const text = operand(tokens);
    tokens.expect(',');
    const prefix = operand(tokens);
    tokens.expect(')');
    return (item, given) => text(item, given)?.S?.startsWith(prefix(item, given)?.S ?? '') ?? false;
  }
  return comparison(tokens);
}

function comparison(tokens: Tokens): Test {
  const left = operand(tokens);
  if (tokens.take('BETWEEN')) {
    const low = operand(tokens);
    tokens.expect('AND');
    const high = operand(tokens);
    return (item, given) => {
      const value = left(item, given);
      const [above, below] = [compare(value, low(item, given)), compare(value, high(item, given))];
      return above !== undefined && below !== undefined && above >= 0 && below <= 0;
    };
  }
  const operator = tokens.next();
  const right = operand(tokens);
  if (operator === '=') return (item, given) => equal(left(item, given), right(item, given));
  if (operator === '<>') return (item, given) => !equal(left(item, given), right(item, given));
  const holds = ORDERED[operator];
  if (!holds) throw new Error(`unknown operator '${operator}'`);
  return (item, given) => {
    const order = compare(left(item, given), right(item, given));
    return order !== undefined && holds(order);
  };
}

function changes(tokens: Tokens): readonly Change[] {
  const all: Change[] = [];
  while (!tokens.isDone) {
    const clause = tokens.next().toUpperCase();
    do {
      const name = tokens.next();
      if (clause === 'SET') {
        tokens.expect('=');
        const value = sum(tokens);
        all.push((before, after, given) => {
          const set = value(before, given);
          if (set === undefined) throw new Error(`an update sets ${name} to a missing attribute`);
          after[nameOf(name, given)] = set;
        });
      } else if (clause === 'REMOVE') {
        all.push((_, after, given) => {
          delete after[nameOf(name, given)];
        });
      } else if (clause === 'ADD') {
        const value = operand(tokens);
        all.push((before, after, given) => {
          const attribute = nameOf(name, given);
          const sum = Number(before[attribute]?.N ?? '0') + Number(value(before, given)?.N);
          after[attribute] = { N: String(sum) };
        });
      } else throw new Error(`unknown clause '${clause}' of an update`);
    } while (tokens.take(','));
  }
  return all;
}

/** Caches parsed expressions: a simulation evaluates few distinct expressions many times. */
function readOnce<Read>(read: (tokens: Tokens) => Read): (text: string) => Read {
  const known = new Map<string, Read>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      const tokens = new Tokens(text);
      result = read(tokens);
      if (!tokens.isDone) throw new Error(`the expression ${text} has an unexpected token '${tokens.peek()}'`);
      known.set(text, result);
    }
    return result;
  };
}

const readTest = readOnce(anyOf);
const readChanges = readOnce(changes);

/**
 * Evaluates a condition or key condition on an item.
 *
 * @param item the item, or `{}` for a missing one
 */
export function holds(text: string | undefined, item: Item, given: Placeholders): boolean {
  return text === undefined || readTest(text)(item, given);
}

/** Applies an update expression to an item. */
export function updated(text: string, item: Item, given: Placeholders): Item {
  const after = { ...item };
  for (const change of readChanges(text)) change(item, after, given);
  return after;
}

/** Returns the attributes named by a projection, or the whole item without one. */
export function projected(text: string | undefined, item: Item, given: Placeholders): Item {
  if (text === undefined) return item;
  const names = text.split(',').map((token) => nameOf(token.trim(), given));
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

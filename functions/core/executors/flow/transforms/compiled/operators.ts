import { refuse } from './ast.ts';
import { type Evaluate, isObject, leaveToJsonata, spend, type Value } from './scope.ts';

/** Compiles an operator of two operands. */
export function compileBinary(operator: unknown, left: Evaluate, right: Evaluate): Evaluate {
  if (typeof operator !== 'string') return refuse('an operator');
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic) return (scope) => compute(arithmetic, left(scope), right(scope));
  const order = ORDERS[operator];
  if (order) return (scope) => compare(order, left(scope), right(scope));
  switch (operator) {
    case '=':
      return (scope) => equal(left(scope), right(scope), true);
    case '!=':
      return (scope) => equal(left(scope), right(scope), false);
    case 'and':
      return (scope) => toBoolean(left(scope)) && toBoolean(right(scope));
    case 'or':
      return (scope) => toBoolean(left(scope)) || toBoolean(right(scope));
    case '&':
      return (scope) => {
        const text = toText(left(scope)) + toText(right(scope));
        spend(scope, text.length);
        return text;
      };
    case 'in':
      return (scope) => {
        const [value, list] = [left(scope), right(scope)];
        if (value === undefined || list === undefined) return false;
        if (isObject(value)) leaveToJsonata();
        if (!Array.isArray(list)) return list === value;
        spend(scope, list.length);
        return list.includes(value);
      };
    default:
      return refuse(operator);
  }
}

/** Compiles the sign of a number. */
export function compileNegation(operand: Evaluate): Evaluate {
  return (scope) => {
    const value = operand(scope);
    return value === undefined ? undefined : -toNumber(value);
  };
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

function compute(operation: (a: number, b: number) => number, a: Value, b: Value): Value {
  if (a === undefined || b === undefined) {
    if (a !== undefined) toNumber(a);
    if (b !== undefined) toNumber(b);
    return undefined;
  }
  return finite(operation(toNumber(a), toNumber(b)));
}

/** JSONata accepts an infinite result until another operator, a function or the result meets it. */
export const finite = (value: number): number => (Number.isFinite(value) ? value : leaveToJsonata());

const toNumber = (value: Value): number => (typeof value === 'number' ? value : leaveToJsonata());

type Order = (a: string | number, b: string | number) => boolean;
const ORDERS: Readonly<Record<string, Order>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compare(order: Order, a: Value, b: Value): Value {
  const [left, right] = [toComparable(a), toComparable(b)];
  if (left === undefined || right === undefined) return undefined;
  return typeof left === typeof right ? order(left, right) : leaveToJsonata();
}

const toComparable = (value: Value): string | number | undefined =>
  value === undefined || typeof value === 'string' || typeof value === 'number' ? value : leaveToJsonata();

function equal(a: Value, b: Value, expected: boolean): boolean {
  if (a === undefined || b === undefined) return false;
  if (isObject(a) && isObject(b)) leaveToJsonata();
  return (a === b) === expected;
}

/** Returns the truth of a value that is no array and no object. */
export function toBoolean(value: Value): boolean {
  if (isObject(value)) leaveToJsonata();
  return Boolean(value);
}

/** Returns the text of a value that is no array and no object; no value is empty. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (isObject(value)) leaveToJsonata();
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(SHOWN_DIGITS)));
}

/** Significant digits of numbers that JSONata writes into text. */
const SHOWN_DIGITS = 15;

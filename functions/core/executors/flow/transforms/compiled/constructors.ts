import type { Json } from '../../../../domain/json.ts';
import { type AstNode, refuse } from './ast.ts';
import { type Evaluate, isObject, type JsonObject, leaveToJsonata, spend } from './scope.ts';

/** An item of an array in an expression. */
export interface ArrayItem {
  readonly evaluate: Evaluate;
  /** The item is an array of the expression itself, and stays one. Other arrays are joined. */
  readonly isArray: boolean;
}

export function compileArray(items: readonly ArrayItem[]): Evaluate {
  return (scope) => {
    const array: Json[] = [];
    for (const { evaluate, isArray } of items) {
      const value = evaluate(scope);
      if (value === undefined) continue;
      if (isArray || !Array.isArray(value)) {
        array.push(value);
        continue;
      }
      spend(scope, value.length);
      for (const item of value as readonly Json[]) array.push(item);
    }
    return array;
  };
}

/** Returns the name of a field of an object in an expression. */
export function fieldNameOf({ type, value }: AstNode): string {
  if (type !== 'string' || typeof value !== 'string') return refuse(type);
  // JSONata reserves names; an assignment to `__proto__` is no field.
  return value.startsWith('_jsonata_') || value === '__proto__' ? refuse(value) : value;
}

export function compileObject(fields: readonly (readonly [name: string, evaluate: Evaluate])[]): Evaluate {
  if (new Set(fields.map(([name]) => name)).size !== fields.length) refuse('two fields of one name');
  return (scope) => {
    const { record } = scope;
    // JSONata marks streams with this name.
    if (isObject(record) && (record as JsonObject).tupleStream) leaveToJsonata();
    const object: { [name: string]: Json } = {};
    for (const [name, evaluate] of fields) {
      const value = evaluate(scope);
      if (value !== undefined) object[name] = value;
    }
    return object;
  };
}

import type { Json } from '../../../../domain/json.ts';
import { type AstNode, refuse, requireFields } from './ast.ts';
import { type Evaluate, isObject, type JsonObject, leaveToJsonata, type Scope, spend, type Value } from './scope.ts';

/** Compiles a path of plain names, after a variable or from the record. */
export function compilePath(steps: readonly AstNode[]): Evaluate {
  const [first, ...rest] = steps;
  if (!first) refuse('an empty path');
  if (first.type === 'variable') return follow(compileVariable(first), rest.map(nameOf));
  return follow((scope) => scope.record, steps.map(nameOf));
}

export function compileVariable(node: AstNode): Evaluate {
  requireFields(node);
  if (node.value === '$') return (scope) => scope.record;
  if (node.value === 'payload') return (scope) => scope.payload;
  if (node.value !== '') refuse(`$${String(node.value)}`);
  return ({ record }) => {
    // JSONata marks arrays that it has wrapped with this name.
    if (isObject(record) && (record as JsonObject).outerWrapper) leaveToJsonata();
    return record;
  };
}

function nameOf(node: AstNode): string {
  requireFields(node);
  const { type, value } = node;
  if (type !== 'name' || typeof value !== 'string') return refuse(type);
  // Other names are no property of an object that does not own them.
  return value in Object.prototype ? refuse(value) : value;
}

function follow(start: Evaluate, names: readonly string[]): Evaluate {
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    return (scope) => {
      const value = start(scope);
      return Array.isArray(value) ? followInList(scope, value as readonly Json[], names, 0) : field(value, only);
    };
  }
  return (scope) => {
    let value = start(scope);
    for (let i = 0; i < names.length; i++) {
      if (value === undefined) return undefined;
      if (Array.isArray(value)) return followInList(scope, value as readonly Json[], names, i);
      value = field(value, names[i] as string);
    }
    return value;
  };
}

function field(value: Value, name: string): Value {
  if (!isObject(value)) return undefined;
  const object = value as JsonObject;
  // JSONata takes objects with these names for functions.
  if (object._jsonata_function === true || object._jsonata_lambda === true) leaveToJsonata();
  return object[name];
}

/**
 * Follows a path from the step `from` in each item of an array. Arrays that the items have are joined; no result is no
 * value, and a single one is not wrapped.
 */
function followInList(scope: Scope, items: readonly Json[], names: readonly string[], from: number): Value {
  let list = items;
  for (let step = from; step < names.length; step++) {
    const name = names[step] as string;
    const found: Json[] = [];
    spend(scope, list.length);
    for (const item of list) {
      if (Array.isArray(item)) leaveToJsonata();
      const value = field(item, name);
      if (value !== undefined) found.push(value);
    }
    const [only] = found;
    if (step === names.length - 1 && found.length === 1 && Array.isArray(only)) return only as Json;
    list = joinLists(scope, found);
    if (list.length === 0) return undefined;
  }
  return list.length === 1 ? list[0] : list;
}

function joinLists(scope: Scope, found: readonly Json[]): readonly Json[] {
  if (!found.some(Array.isArray)) return found;
  const joined: Json[] = [];
  for (const value of found) {
    if (!Array.isArray(value)) {
      joined.push(value);
      continue;
    }
    spend(scope, value.length);
    for (const item of value as readonly Json[]) joined.push(item);
  }
  return joined;
}

/** A node of JSONata's syntax tree. Nodes have further fields, which `requireFields` refuses. */
export interface AstNode {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly AstNode[];
  readonly lhs?: unknown;
  readonly rhs?: unknown;
  readonly expression?: AstNode;
  readonly expressions?: readonly AstNode[];
  readonly condition?: AstNode;
  readonly then?: AstNode;
  readonly else?: AstNode;
  readonly arguments?: readonly AstNode[];
  readonly procedure?: AstNode;
}

/** An expression, or a part of one, is evaluated by JSONata only. */
export class Unsupported extends Error {}

/** @throws Unsupported */
export function refuse(what: string): never {
  throw new Unsupported(what);
}

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  path: ['steps'],
  name: [],
  variable: [],
  string: [],
  number: [],
  value: [],
  binary: ['lhs', 'rhs'],
  unary: ['expression', 'expressions', 'lhs'],
  condition: ['condition', 'then', 'else'],
  block: ['expressions'],
  function: ['arguments', 'procedure'],
};

/**
 * Refuses a node with a field that the compiler does not read, such as a predicate, a grouping or a kept array.
 *
 * @throws Unsupported
 */
export function requireFields(node: AstNode): void {
  const allowed = ALLOWED[node.type] ?? refuse(node.type);
  for (const [name, value] of Object.entries(node)) {
    if (value === undefined || name === 'type' || name === 'value' || name === 'position') continue;
    if (!allowed.includes(name)) refuse(name);
  }
}

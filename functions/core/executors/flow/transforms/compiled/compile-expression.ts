import { type AstNode, refuse, requireFields } from './ast.ts';
import { type ArrayItem, compileArray, compileObject, fieldNameOf } from './constructors.ts';
import { compileCall } from './functions.ts';
import { compileBinary, compileNegation, toBoolean } from './operators.ts';
import { compilePath, compileVariable } from './path.ts';
import type { Evaluate, Value } from './scope.ts';

/** Maximum nodes of an expression. JSONata evaluates nodes at the same time, and refuses more than 1,000. */
const MAX_NODES = 400;

export interface CompiledExpression {
  readonly evaluate: Evaluate;
  /** Number of nodes, which bounds the work beside that on items and characters. */
  readonly nodes: number;
}

/**
 * Compiles a syntax tree into functions. They contain no loop but over the items and characters of a record.
 *
 * @throws Unsupported if a part of the expression is evaluated by JSONata only
 */
export function compileExpression(root: AstNode): CompiledExpression {
  let nodes = 0;

  const compile = (node: AstNode | undefined): Evaluate => {
    if (!node) return refuse('an incomplete node');
    if (++nodes > MAX_NODES) refuse('many nodes');
    requireFields(node);
    switch (node.type) {
      case 'path':
        nodes += node.steps?.length ?? 0;
        return compilePath(node.steps ?? []);
      case 'variable':
        return compileVariable(node);
      case 'string':
      case 'number':
      case 'value': {
        const value = node.value as Value;
        return () => value;
      }
      case 'unary':
        return compileUnary(node);
      case 'binary':
        return compileBinary(node.value, compile(node.lhs as AstNode), compile(node.rhs as AstNode));
      case 'condition':
        return compileCondition(node);
      case 'block':
        return node.expressions?.length === 1 ? compile(node.expressions[0]) : refuse('several expressions');
      case 'function':
        return compileFunction(node);
      default:
        return refuse(node.type);
    }
  };

  const compileUnary = (node: AstNode): Evaluate => {
    if (node.value === '-') return compileNegation(compile(node.expression));
    if (node.value === '[') return compileArray((node.expressions ?? []).map(compileItem));
    if (node.value !== '{') return refuse('an operator');
    const pairs = node.lhs as readonly (readonly [AstNode, AstNode])[];
    return compileObject(
      pairs.map(([name, value]) => {
        requireFields(name);
        return [fieldNameOf(name), compile(value)];
      }),
    );
  };

  const compileItem = (item: AstNode): ArrayItem => ({
    evaluate: compile(item),
    isArray: item.type === 'unary' && item.value === '[',
  });

  const compileCondition = (node: AstNode): Evaluate => {
    const [condition, then] = [compile(node.condition), compile(node.then)];
    const otherwise = node.else ? compile(node.else) : () => undefined;
    return (scope) => (toBoolean(condition(scope)) ? then(scope) : otherwise(scope));
  };

  const compileFunction = ({ procedure, arguments: given = [] }: AstNode): Evaluate => {
    if (procedure?.type !== 'variable') return refuse('a computed function');
    requireFields(procedure);
    return compileCall(procedure.value, given.map(compile));
  };

  const evaluate = compile(root);
  return { evaluate, nodes };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAst } from 'vite';
import { projectRoot } from '../../../lib/project-root.ts';

/**
 * A change of the product that disables one guard. The guard is marked in the source by a comment in front of it, so that
 * renaming and moving code leaves the change intact:
 *
 *     put(db, table, item, /* guard: task.commit.lease *\/ heldBy(lease))
 *
 * The marked code is the largest syntax node that begins behind the mark.
 */
export interface DisabledGuard {
  /** The name in the mark: words in lower case, joined by dots and hyphens. */
  readonly guard: string;
  /**
   * `removed` takes out a statement, an argument, an element, a property, or the right operand of `&&`, `||` or `??`.
   * Any other text replaces the marked code.
   *
   * @defaultValue 'removed'
   */
  readonly as?: string;
  /**
   * Changes only the first operand of a chain of logical operators, or the test of a conditional expression.
   *
   * @defaultValue false
   */
  readonly head?: boolean;
}

/** A mark's place in the source. */
export interface Mark {
  readonly guard: string;
  /** Path from the root of the project. */
  readonly file: string;
}

const MARK = /\/\*\s*guard:\s*([a-z0-9.-]+)\s*\*\/|\/\/\s*guard:\s*([a-z0-9.-]+)[^\n]*/g;

/** Lists the marks of a source text in their order. */
function findMarks(source: string): { readonly guard: string; readonly start: number; readonly end: number }[] {
  return [...source.matchAll(MARK)].map((match) => ({
    guard: match[1] ?? match[2] ?? '',
    start: match.index,
    end: match.index + match[0].length,
  }));
}

let marksRead: readonly Mark[] | undefined;

/** Lists the marks of all guards in `functions/` and `lib/`, which are read once for a process. */
export function listMarks(): readonly Mark[] {
  marksRead ??= readMarks();
  return marksRead;
}

function readMarks(): readonly Mark[] {
  return ['functions', 'lib'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .flatMap((entry) => {
        const path = join(entry.parentPath, entry.name);
        const file = relative(projectRoot, path);
        return findMarks(readFileSync(path, 'utf8')).map(({ guard }) => ({ guard, file }));
      }),
  );
}

/**
 * @returns the path of the file that holds the mark, from the root of the project
 * @throws Error unless one file holds it
 */
export function fileOf({ guard }: DisabledGuard): string {
  const files = listMarks().flatMap((mark) => (mark.guard === guard ? [mark.file] : []));
  if (files[0] === undefined || files.length > 1) {
    throw new Error(`the mark "guard: ${guard}" occurs ${files.length} times, not once`);
  }
  return files[0];
}

/**
 * Disables a guard in a source text.
 *
 * @throws Error unless the mark occurs exactly once, in front of code that can be changed so
 */
export function disableGuard(source: string, { guard, as = 'removed', head = false }: DisabledGuard): string {
  const marks = findMarks(source).filter((mark) => mark.guard === guard);
  const [mark] = marks;
  if (!mark || marks.length > 1) throw new Error(`the mark "guard: ${guard}" occurs ${marks.length} times, not once`);
  // A mark in front of `else` belongs to the statement behind it.
  const lead = /^(?:\s|\/\*.*?\*\/|\/\/[^\n]*\n|else\b)*/s.exec(source.slice(mark.end))?.[0] ?? '';
  const start = mark.end + lead.length;
  const largest = largestNodeAt(parseAst(source, { lang: 'ts' }), start);
  const node = largest && head ? headOf(largest) : largest;
  if (!node) throw new Error(`no code begins behind the mark "guard: ${guard}"`);
  if (as !== 'removed') return source.slice(0, start) + as + source.slice(node.end);
  if (isStatement(node)) return `${source.slice(0, start)};${source.slice(node.end)}`;
  return withoutElement(source.slice(0, mark.start).trimEnd(), source.slice(node.end), guard);
}

/** Joins the text before and behind an element without its operator or comma. */
function withoutElement(before: string, behind: string, guard: string): string {
  const operator = /(?:&&|\|\||\?\?|,)$/.exec(before)?.[0];
  if (operator) return before.slice(0, -operator.length).trimEnd() + behind;
  if (/^\s*,/.test(behind)) return before + behind.replace(/^\s*,/, '');
  if (/[([{]$/.test(before)) return before + behind;
  throw new Error(`the code behind the mark "guard: ${guard}" is no statement, element or right operand`);
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Lists the names that only a changed source text reads, and that the runtime does not have. A change with such a name
 * throws a ReferenceError, which a test may take for the disabled guard.
 */
export function unknownNames(source: string, changed: string): readonly string[] {
  const known = new Set(namesIn(parseAst(source, { lang: 'ts' })));
  return namesIn(parseAst(changed, { lang: 'ts' })).filter((name) => !known.has(name) && !(name in globalThis));
}

/** Lists the identifiers in a syntax tree but the names of properties. */
function namesIn(node: SyntaxNode): readonly string[] {
  const { name, key, property, computed } = node as {
    readonly name?: unknown;
    readonly key?: unknown;
    readonly property?: unknown;
    readonly computed?: boolean;
  };
  if (node.type === 'Identifier' && typeof name === 'string') return [name];
  const parts = Object.values(node).flat().filter(isNode);
  return parts.filter((part) => computed === true || (part !== key && part !== property)).flatMap(namesIn);
}

function isStatement({ type }: SyntaxNode): boolean {
  return type.endsWith('Statement') || type.endsWith('Declaration');
}

/** Returns the operand or test that decides first. */
function headOf(node: SyntaxNode): SyntaxNode {
  const { left, test } = node as { readonly left?: SyntaxNode; readonly test?: SyntaxNode };
  if (node.type === 'LogicalExpression' && left) return headOf(left);
  return node.type === 'ConditionalExpression' && test ? headOf(test) : node;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}

function largestNodeAt(root: SyntaxNode, start: number): SyntaxNode | undefined {
  for (const child of Object.values(root).flat().filter(isNode)) {
    if (child.start === start) return child;
    const found = child.start < start && start < child.end ? largestNodeAt(child, start) : undefined;
    if (found) return found;
  }
  return undefined;
}

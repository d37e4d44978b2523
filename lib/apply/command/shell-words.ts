/** A word or an operator of a command line. */
export interface ShellToken {
  readonly kind: 'word' | 'operator';
  /** The word without its quotes, or the operator. */
  readonly value: string;
  /** The shell replaces a part of the word: a variable or the output of a command. */
  readonly hasExpansion: boolean;
  /** Position of the first character in the text. */
  readonly start: number;
  /** Position after the last character. */
  readonly end: number;
}

const OPERATOR = /\d*>>?(&\d*-?|\|)?|&>>?|<{1,3}|\|\|?|&&?|;;?|[()]|\n/y;
const WORD_END = /[\s|&;()<>]/;
/** Characters that a backslash keeps from their meaning between double quotes. */
const ESCAPED_IN_QUOTES = /["\\$`\n]/;

/**
 * Splits a command line as a POSIX shell does, without expansion. A comment is an operator.
 *
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 *
 * @returns `undefined` if a quote is not closed
 */
export function splitShellWords(text: string): readonly ShellToken[] | undefined {
  const tokens: ShellToken[] = [];
  for (let i = 0; i < text.length; ) {
    if (/[ \t\r]/.test(text[i] ?? '')) {
      i += 1;
      continue;
    }
    OPERATOR.lastIndex = i;
    const operator = text[i] === '#' ? text.slice(i) : OPERATOR.exec(text)?.[0];
    if (operator) {
      tokens.push({ kind: 'operator', value: operator, hasExpansion: false, start: i, end: i + operator.length });
      i += operator.length;
      continue;
    }
    const word = readWord(text, i);
    if (!word) return undefined;
    tokens.push(word);
    i = word.end;
  }
  return tokens;
}

function readWord(text: string, start: number): ShellToken | undefined {
  let value = '';
  let hasExpansion = false;
  let quote = '';
  let i = start;
  for (; i < text.length; i++) {
    const character = text[i] ?? '';
    if (quote === "'") {
      if (character === quote) quote = '';
      else value += character;
    } else if (character === '\\' && (quote === '' || ESCAPED_IN_QUOTES.test(text[i + 1] ?? ''))) {
      i += 1;
      value += text[i] ?? '';
    } else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === '' && WORD_END.test(character)) break;
    else {
      hasExpansion ||= character === '$' || character === '`';
      value += character;
    }
  }
  return quote === '' ? { kind: 'word', value, hasExpansion, start, end: i } : undefined;
}

/** A command without operators of the shell, and the files of its output. */
export interface SimpleCommand {
  readonly words: readonly string[];
  /** Files that receive the output, without `/dev/null`. */
  readonly outputs: readonly string[];
}

/** @returns the reason as a string, to follow "because", if the command is not simple */
export function parseSimpleCommand(text: string): SimpleCommand | string {
  const tokens = splitShellWords(text);
  if (!tokens) return 'a quote is not closed';
  const words: string[] = [];
  const outputs: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const { kind, value, hasExpansion } = tokens[i] as ShellToken;
    if (hasExpansion) return 'it needs the variables or commands of a shell';
    if (kind === 'word') words.push(value);
    else if (/^\d*>&(\d|-)$/.test(value)) continue;
    else if (/>/.test(value)) {
      const file = tokens[++i];
      if (file?.kind !== 'word' || file.hasExpansion) return `it has the operator '${value}'`;
      if (file.value !== '/dev/null') outputs.push(file.value);
    } else return `it has the operator '${value.slice(0, 1) === '#' ? '#' : value}'`;
  }
  return { words, outputs };
}

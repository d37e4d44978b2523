/** The options of a program. */
export interface OptionTable {
  /** Names by letter. */
  readonly short: Readonly<Record<string, string>>;
  /** Names of options with a value. Other known options have none. */
  readonly withValue: ReadonlySet<string>;
  /** Names of options without a value. */
  readonly plain: ReadonlySet<string>;
}

/** An option, or an argument with the name ''. */
export interface GivenOption {
  readonly name: string;
  readonly value: string;
}

/** @returns the options in their order, or the reason as a string if one is unknown or incomplete */
export function readOptions(words: readonly string[], table: OptionTable): readonly GivenOption[] | string {
  const given: GivenOption[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      given.push(...rest.splice(0).map((value) => ({ name: '', value })));
    } else if (word.startsWith('--')) {
      const [, name = '', attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
      const value = table.withValue.has(name) ? (attached ?? rest.shift()) : (attached ?? '');
      if (!isKnown(name, table) || value === undefined) return `the option --${name} is not understood`;
      given.push({ name, value });
    } else if (word.startsWith('-') && word !== '-') {
      const result = readShort(word, rest, table);
      if (typeof result === 'string') return result;
      given.push(...result);
    } else given.push({ name: '', value: word });
  }
  return given;
}

/** Reads a word such as `-sSu user`. Removes its value from `rest`. */
function readShort(word: string, rest: string[], table: OptionTable): readonly GivenOption[] | string {
  const given: GivenOption[] = [];
  for (let i = 1; i < word.length; i++) {
    // wget has short options of two letters: `-nv`.
    const flag = table.short[word.slice(i, i + 2)] === undefined ? word.slice(i, i + 1) : word.slice(i, i + 2);
    const name = table.short[flag];
    i += flag.length - 1;
    if (name === undefined || !isKnown(name, table)) return `the option -${flag} is not understood`;
    if (!table.withValue.has(name)) {
      given.push({ name, value: '' });
      continue;
    }
    const value = i + 1 < word.length ? word.slice(i + 1) : rest.shift();
    if (value === undefined) return `the option -${flag} has no value`;
    return [...given, { name, value }];
  }
  return given;
}

const isKnown = (name: string, { withValue, plain }: OptionTable) => withValue.has(name) || plain.has(name);

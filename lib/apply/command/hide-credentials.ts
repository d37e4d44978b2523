import { HIDDEN, isCredentialName, withoutCredentialsInText } from './credentials.ts';
import { quoteShellWord, type ShellToken, splitShellWords } from './shell-words.ts';

/** Short options of curl without a value, several of which may share a word with one that has a value: `-su`. */
const PLAIN_SHORT = '[0-46aBfgGiIjJklLMnNOpqRsSvZ#:]*';
const CURL_CREDENTIAL = new RegExp(`^(-${PLAIN_SHORT}[uUbE])(.*)$`, 's');
/** Options whose value is a user with a password, of curl and others. */
const CREDENTIAL_OPTION = /^(-u|--user|--proxy-user|--cert)$/;
const MYSQL = /^(mysql|mariadb)/;
/** Programs with options of their own. */
const PROGRAM = /^(curl|sshpass|(mysql|mariadb)[\w-]*)$/;

/**
 * Replaces credentials in a command line: values of options, variables, headers, URLs and JSON. Variables of the shell stay,
 * because they are no values.
 */
export function hideCredentials(command: string): string {
  const tokens = splitShellWords(command);
  // A quote is not closed.
  if (!tokens) return command.replace(/^(\s*\S+)\s.*$/s, `$1 ${HIDDEN}`);
  let result = '';
  let position = 0;
  let program: string | undefined;
  let previous: ShellToken | undefined;
  for (const token of tokens) {
    const isWord = token.kind === 'word';
    if (!isWord && !/[<>]/.test(token.value)) program = undefined;
    const name = token.value.replace(/^.*\//, '');
    if (isWord && PROGRAM.test(name)) program = name;
    const shown = isWord ? hideInWord(token, previous, program ?? '') : withoutCredentialsInText(token.value);
    const written = isWord ? quoteShellWord(shown) : shown;
    const raw = command.slice(token.start, token.end);
    result += command.slice(position, token.start) + (shown === token.value ? raw : written);
    position = token.end;
    previous = isWord ? token : undefined;
  }
  return result + command.slice(position);
}

function hideInWord({ value, hasExpansion }: ShellToken, previous: ShellToken | undefined, program: string): string {
  if (hasExpansion && /^(\$\w+|\$\{\w+\}|[:@])+$/.test(value)) return value;
  const before = previous?.value ?? '';
  if (isCredentialOption(before, program) && !value.startsWith('-')) return HIDDEN;
  const [, option = '', attached = ''] = (program === 'curl' && CURL_CREDENTIAL.exec(value)) || [];
  if (attached !== '') return `${option}${HIDDEN}`;
  if (MYSQL.test(program) && /^-p./.test(value)) return `-p${HIDDEN}`;
  const [, long = '', given = ''] = /^(--[\w-]+)=(.*)$/s.exec(value) ?? [];
  if (given !== '' && isCredentialOption(long, program)) return `${long}=${HIDDEN}`;
  const isScript = before === '-c' || (value.includes(' ') && /^(curl|wget)\s/.test(value));
  return isScript ? hideCredentials(value) : withoutCredentialsInText(value);
}

function isCredentialOption(word: string, program: string): boolean {
  if (!/^--?\w[\w-]*$/.test(word)) return false;
  if (CREDENTIAL_OPTION.test(word) || isCredentialName(word)) return true;
  return (program === 'curl' && CURL_CREDENTIAL.exec(word)?.[2] === '') || (program === 'sshpass' && word === '-p');
}

/** A name in a path: of a field, or of several adjacent ones with dots between them. */
export interface PathName {
  readonly text: string;
  /** The path has the name in double quotes, backticks or brackets. */
  readonly quoted: boolean;
}

/** A name in brackets, double quotes or backticks; or the text up to a dot or a bracketed name. */
const NAMES = /((?!["`])(?:[^.[]|\[(?!['"]))+)|\['([^']+)'\]|\["([^"]+)"\]|"([^"]+)"|`([^`]+)`/g;

/**
 * Splits a path into its names, which dots separate. A name in double quotes, backticks or brackets may contain any other
 * character: `data."@odata.nextLink"`, `data['@odata.nextLink']`.
 */
export const namesIn = (path: string): readonly PathName[] =>
  Array.from(path.matchAll(NAMES), ([, plain, ...quotes]) => {
    const quoted = quotes.find((name) => name !== undefined);
    return { text: quoted ?? plain ?? '', quoted: quoted !== undefined };
  });

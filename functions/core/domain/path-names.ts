/** A name in a path: of a field, or of several adjacent ones with dots between them. */
export interface PathName {
  readonly text: string;
  /** The path has the name in double quotes or backticks. */
  readonly quoted: boolean;
}

/**
 * Splits a path into its names, which dots separate. A name in double quotes or backticks may contain any other character:
 * `data."@odata.nextLink"`.
 */
export const namesIn = (path: string): readonly PathName[] =>
  Array.from(path.matchAll(/"([^"]+)"|`([^`]+)`|([^.]+)/g), ([, inDouble, inBackticks, plain]) => {
    const quoted = inDouble ?? inBackticks;
    return { text: quoted ?? plain ?? '', quoted: quoted !== undefined };
  });

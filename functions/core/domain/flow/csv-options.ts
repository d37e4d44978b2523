/**
 * Character encodings of text, by their names in the WHATWG Encoding Standard. `utf-16` is that of the byte order mark,
 * little-endian without one.
 */
export const ENCODINGS = [
  'utf-8',
  'utf-16',
  'utf-16le',
  'utf-16be',
  'latin1',
  'windows-1252',
  'iso-8859-2',
  'iso-8859-15',
  'windows-1251',
  'shift_jis',
  'euc-jp',
  'euc-kr',
  'gb18030',
  'big5',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The dialect of a CSV text. */
export interface CsvOptions {
  /**
   * Column separator: one ASCII punctuation character or a tab.
   *
   * @defaultValue a comma
   */
  readonly delimiter?: string | undefined;
  /**
   * Character around fields that contain a delimiter or a line end; doubled within them. `null` if fields are never
   * quoted.
   *
   * @defaultValue a double quote
   */
  readonly quote?: string | null | undefined;
  /**
   * Whether the first row names the columns. `false` names them `column_1`, `column_2` and so on; a list names the
   * columns of a text without such a row.
   *
   * @defaultValue true
   */
  readonly header?: boolean | readonly string[] | undefined;
  /** @defaultValue `utf-8`, or `utf-16` after its byte order mark */
  readonly encoding?: Encoding | undefined;
}

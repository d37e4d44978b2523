/** The texts of a form by path. */
type Texts = Readonly<Record<string, string>>;

/** Returns the path of a text in a row of a list: `schedules[0].timezone`. */
export const rowPath = (list: string, row: number, name: string): string => `${list}[${row}].${name}`;

/** Returns the number of rows of a list: one more than the highest index. */
export function countRows(form: Texts, list: string): number {
  const indexes = Object.keys(form).map((path) => indexIn(path, list));
  return Math.max(-1, ...indexes.filter((index) => index !== undefined)) + 1;
}

/** Returns the form with a row at the end of a list. */
export function addRow<Form extends Texts>(form: Form, list: string, texts: Texts): Form {
  const row = countRows(form, list);
  const entries = Object.entries(texts).map(([name, text]) => [rowPath(list, row, name), text]);
  return { ...form, ...Object.fromEntries(entries) };
}

/** Returns the form without a row. The rows after it move up. */
export function removeRow<Form extends Texts>(form: Form, list: string, row: number): Form {
  const entries = Object.entries(form).flatMap(([path, text]) => {
    const index = indexIn(path, list);
    if (index === row) return [];
    if (index === undefined || index < row) return [[path, text]];
    return [[path.replace(`${list}[${index}]`, `${list}[${index - 1}]`), text]];
  });
  return Object.fromEntries(entries) as Form;
}

/** Returns the form without the rows of a list. */
export const removeRows = <Form extends Texts>(form: Form, list: string): Form =>
  Object.fromEntries(Object.entries(form).filter(([path]) => indexIn(path, list) === undefined)) as Form;

/** Returns the row of a list that contains a path, or `undefined`. */
function indexIn(path: string, list: string): number | undefined {
  if (!path.startsWith(`${list}[`)) return undefined;
  return Number.parseInt(path.slice(list.length + 1), 10);
}

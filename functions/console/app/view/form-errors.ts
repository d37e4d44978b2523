/** Error messages of a form by field. */
export type FieldErrors<Field extends string> = { readonly [name in Field]?: string | undefined };

/** A field error in a message of the API: the name of the field in the API and the violated rule. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * Received values: JSON strings, cut by the API after 80 characters. They may contain text that looks like an error.
 */
const RECEIVED_VALUE = /got .{80}…|"(?:[^"\\]|\\.)*"/gs;
const NEXT_ERROR = /; (?=[\w.[\]-]+: )/g;
const FIELD_ERROR = /^([\w.[\]-]+): (.*)$/s;

/**
 * Returns the field errors in a message such as `id: must be …, got ""; name: must be …`; empty if the message names no
 * field.
 */
export function parseFieldErrors(message: string): readonly FieldError[] {
  const masked = message.replaceAll(RECEIVED_VALUE, (received) => '_'.repeat(received.length));
  const starts = [0, ...[...masked.matchAll(NEXT_ERROR)].map(({ index }) => index + '; '.length)];
  const parts = starts.map((start, i) => {
    const next = starts[i + 1];
    return message.slice(start, next === undefined ? undefined : next - '; '.length);
  });
  return parts.flatMap((part) => {
    const [, field, text] = FIELD_ERROR.exec(part) ?? [];
    return field !== undefined && text !== undefined ? [{ field, message: text }] : [];
  });
}

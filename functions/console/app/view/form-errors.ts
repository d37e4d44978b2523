/** Problems of a form, one a field. */
export type FieldErrors<Field extends string> = { readonly [name in Field]?: string | undefined };

/** A fault that a message of the API names: the field in the words of the API, and the rule that it breaks. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Received values: JSON strings, and what the API cuts after 80 characters. Their text is not the message's own. */
const RECEIVED = /got .{80}…|"(?:[^"\\]|\\.)*"/gs;
const NEXT_ERROR = /; (?=[\w.[\]-]+: )/g;
const FIELD_ERROR = /^([\w.[\]-]+): (.*)$/s;

/**
 * Returns the faults in a message such as `id: must be …, got ""; name: must be …`, in their order; empty for a message
 * that names no field.
 */
export function parseFieldErrors(message: string): readonly FieldError[] {
  const masked = message.replaceAll(RECEIVED, (received) => '_'.repeat(received.length));
  const starts = [0, ...[...masked.matchAll(NEXT_ERROR)].map(({ index }) => index + '; '.length)];
  const parts = starts.map((start, i) => {
    const next = starts[i + 1];
    return message.slice(start, next === undefined ? undefined : next - '; '.length);
  });
  return parts.flatMap((part) => {
    const [, field, said] = FIELD_ERROR.exec(part) ?? [];
    return field !== undefined && said !== undefined ? [{ field, message: said }] : [];
  });
}

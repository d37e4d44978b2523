/** Formats the path of a field: `http.headers.accept`, `args[2]`. */
export const formatFieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : field ? `${field}.${String(key)}` : String(key)),
    '',
  );

/** Returns a function that creates a value on its first call. */
// The annotation lets a bundler omit what nothing reads.
/* @__NO_SIDE_EFFECTS__ */
export function lazy<Value>(create: () => Value): () => Value {
  let created: { readonly value: Value } | undefined;
  return () => {
    created ??= { value: create() };
    return created.value;
  };
}

/** What a state may be loaded from: what stateDict() gave, or the same as `load()` of lumigrad/io reads it from a file. */
export type Loaded<S> = S | ReadonlyMap<string, unknown>;

/** The dictionaries in a file come as Maps; states have plain objects. */
export function plain<S>(state: Loaded<S>): S {
  const walk = (value: unknown): unknown => {
    if (value instanceof Map) return Object.fromEntries([...value].map(([key, v]) => [key, walk(v)]));
    return Array.isArray(value) ? value.map(walk) : value;
  };
  return (state instanceof Map ? walk(state) : state) as S;
}

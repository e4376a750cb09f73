// By less than 0 or more than 31 only the sign is left.
fn forward(a: T, n: T) -> T {
  let by = bitcast<u32>(n);
  return (a >> min(by, 31u)) >> select(0u, 1u, by > 31u);
}

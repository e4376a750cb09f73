// By less than 0 or more than 31 nothing is left.
fn forward(a: T, n: T) -> T {
  let by = bitcast<u32>(n);
  return select(a << (by & 31u), T(0), by > 31u);
}

fn magnitude(x: T) -> u32 {
  return select(bitcast<u32>(x), 0u - bitcast<u32>(x), x < T(0));
}

// Euclid's algorithm.
fn forward(a: T, b: T) -> T {
  var x = magnitude(a);
  var y = magnitude(b);
  while (y != 0u) {
    let rest = x % y;
    x = y;
    y = rest;
  }
  return bitcast<T>(x);
}

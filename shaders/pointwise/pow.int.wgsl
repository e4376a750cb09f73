// Wraps on overflow. A negative exponent gives 0 unless the base is 1 or -1, and 0 for base 0.
fn forward(a: T, b: T) -> T {
  if (b < T(0)) {
    let unit = a == T(1) || a == ~T(0);
    return select(T(0), select(T(1), a, (b & T(1)) == T(1)), unit);
  }
  var result = T(1);
  var base = a;
  var rest = b;
  while (rest > T(0)) {
    result = select(result, result * base, (rest & T(1)) == T(1));
    base = base * base;
    rest = rest >> 1u;
  }
  return result;
}

// The sign of the divisor; division by zero leaves the dividend.
fn forward(a: T, b: T) -> T {
  if (b == T(0)) {
    return a;
  }
  let rest = a % b;
  return rest + select(T(0), b, rest != T(0) && (rest < T(0)) != (b < T(0)));
}

// Division by zero leaves the dividend.
fn forward(a: T, b: T) -> T {
  return select(a % b, a, b == T(0));
}

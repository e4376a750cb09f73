// Division by zero gives 0.
fn forward(a: T, b: T) -> T {
  if (b == T(0)) {
    return T(0);
  }
  let inexact = a % b != T(0) && (a < T(0)) != (b < T(0));
  return a / b - select(T(0), T(1), inexact);
}

fn forward(x: T) -> T {
  return T(x > T(0)) - T(x < T(0));
}

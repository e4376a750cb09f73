fn forward(a: T, b: T) -> T {
  return precise_div(a, b);
}

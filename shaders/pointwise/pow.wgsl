fn forward(a: T, b: T) -> T {
  return precise_pow(a, b);
}
